// Decides how many lots each winner closes. All ADL policies have one interface and are exact and deterministic.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "host/venue/adl_policy.hpp"
#include "plimsoll/config.hpp"

namespace plimsoll {

/// A winner that may be deleveraged: one ladder entry. Money in steps, lots > 0.
struct adl_candidate {
  std::uint64_t lots = 0;  ///< Its lots on the side, the most that it can give.
  std::int64_t pnl = 0;    ///< Of the position, at the mark.
  std::uint64_t notional = 0;
  std::int64_t equity = 0;                 ///< Of its unit.
  std::int64_t given = 0;                  ///< Earlier haircuts of its unit in this run of the executor; >= 0.
  std::uint32_t account = 0xffff'ffffU;    ///< Losers of this account are closed against other accounts.
  std::optional<std::int64_t> wave_pnl{};  ///< Pnl of the position when the wave began; absent: `pnl`.
  int128 wave_given = 0;                   ///< Earlier haircuts of the position in this wave.
};

/// A position to be closed. Losers are in the order in which the executor matches them.
struct adl_loser {
  std::uint64_t lots = 0;
  std::uint64_t haircut = 0;  ///< Cost of its lots to winners against the mark, in steps.
  std::uint32_t account = 0;
};

/// The lots to be closed, and the cost to the winners of closing them.
struct adl_demand {
  std::uint64_t lots = 0;
  std::uint64_t haircut = 0;  ///< Value of `lots` at the bankruptcy value against the mark, in steps; 0 if none.
  /// The losers that `lots` are made of. If empty, every lot costs the same.
  std::span<const adl_loser> losers{};
};

/// Returns the lots of each candidate. Candidates are in ladder order, which breaks every tie.
///
/// No part exceeds its candidate's lots (or cap). The parts sum to min(demand, supply), where supply counts the lots
/// that the policy may take. Candidates with a pro-rata weight of 0 are served only when all others are full; each then
/// counts 1. Caps are never exceeded, so `capped` and `risk_aware` may leave demand unserved.
[[nodiscard]] std::vector<std::uint64_t> allocate(const adl_policy& policy, const adl_demand& demand,
                                                  std::span<const adl_candidate> candidates);

}  // namespace plimsoll
