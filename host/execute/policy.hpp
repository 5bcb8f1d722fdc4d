// Who among the winners closes how many lots. One interface for every ADL policy; all exact, all deterministic.
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
  std::uint64_t lots = 0;  ///< What it holds on the side, the most it can give.
  std::int64_t pnl = 0;    ///< Of the position, at the mark.
  std::uint64_t notional = 0;
  std::int64_t equity = 0;                 ///< Of its unit.
  std::int64_t given = 0;                  ///< Haircuts of its unit so far in this run of the executor; >= 0.
  std::uint32_t account = 0xffff'ffffU;    ///< Its own losers are closed against others.
  std::optional<std::int64_t> wave_pnl{};  ///< Pnl of the position as the wave began; absent: `pnl`.
  int128 wave_given = 0;                   ///< Haircuts of the position so far in this wave.
};

/// A position to be closed, in the order in which the executor matches them.
struct adl_loser {
  std::uint64_t lots = 0;
  std::uint64_t haircut = 0;  ///< What its lots cost winners against the mark, in steps.
  std::uint32_t account = 0;
};

/// What must be closed, and what closing it costs the winners together.
struct adl_demand {
  std::uint64_t lots = 0;
  std::uint64_t haircut = 0;  ///< Value of `lots` at the bankruptcy value against the mark, in steps; 0 if none.
  /// What the lots are made of; may be empty: then every lot costs the same.
  std::span<const adl_loser> losers{};
};

/// Lots of each candidate. Candidates come in ladder order, which breaks every tie.
///
/// Always: no part exceeds its candidate's lots (or cap), and the parts sum to min(demand, supply), where supply counts
/// the lots that the policy may take. Pro-rata weights of 0 are served only when all others are full, and then each
/// counts 1; caps are never exceeded, so `capped` and `risk_aware` may leave demand unserved.
[[nodiscard]] std::vector<std::uint64_t> allocate(const adl_policy& policy, const adl_demand& demand,
                                                  std::span<const adl_candidate> candidates);

}  // namespace plimsoll
