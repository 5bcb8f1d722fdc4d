// Who among the winners closes how many lots. One interface for every ADL policy; all exact, all deterministic.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "plimsoll/config.hpp"
#include "plimsoll/result.hpp"

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

enum class adl_policy_kind : std::uint8_t {
  queue,          ///< Ladder order, greedy: all winners but the last in full.
  pro_rata_size,  ///< By lots.
  pro_rata_pnl,   ///< By max(0, pnl).
  pro_rata_notional,
  pro_rata_equity,  ///< By max(0, equity).
  capped,           ///< By pnl, no more than `cap_ppm` of the pnl in one wave (arXiv 2512.01112, capped pro rata).
  risk_aware,       ///< By pnl x leverage, the same cap (arXiv 2512.01112, risk-aware policies, linear weight).
  /// Smallest worst haircut / equity (arXiv 2512.01112, min-max program): exact in lots where every lot costs the same,
  /// else the smallest that the executor's walk can reach, what a unit gave on other ladders counted in
  /// (`min_max_walk`).
  min_max,
};

struct adl_policy {
  adl_policy_kind kind = adl_policy_kind::queue;
  std::uint32_t cap_ppm = 1'000'000;  ///< `capped` and `risk_aware`: most of a position's pnl that one wave takes.
  friend bool operator==(const adl_policy&, const adl_policy&) = default;
};

/// "queue", "pro_rata:pnl", "capped:0.5", ...: as in `[adl] policy` and `--policies`. Usage error for anything else.
[[nodiscard]] result<adl_policy> parse_adl_policy(std::string_view text);
[[nodiscard]] std::string to_string(const adl_policy& policy);
/// One of each kind, without caps below the whole pnl.
[[nodiscard]] std::vector<adl_policy> all_adl_policies();

/// Lots of each candidate. Candidates come in ladder order, which breaks every tie.
///
/// Always: no part exceeds its candidate's lots (or cap), and the parts sum to min(demand, supply), where supply counts
/// the lots that the policy may take. Pro-rata weights of 0 are served only when all others are full, and then each
/// counts 1; caps are never exceeded, so `capped` and `risk_aware` may leave demand unserved.
[[nodiscard]] std::vector<std::uint64_t> allocate(const adl_policy& policy, const adl_demand& demand,
                                                  std::span<const adl_candidate> candidates);

}  // namespace plimsoll
