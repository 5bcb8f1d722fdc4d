// ADL policies by name, as rulebooks name them. host/execute/policy has their formulas.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "plimsoll/result.hpp"

namespace plimsoll {

enum class adl_policy_kind : std::uint8_t {
  queue,          ///< Ladder order, greedy: every winner except the last is closed completely.
  pro_rata_size,  ///< By lots.
  pro_rata_pnl,   ///< By max(0, pnl).
  pro_rata_notional,
  pro_rata_equity,  ///< By max(0, equity).
  capped,           ///< By pnl, at most `cap_ppm` of the pnl in one wave (arXiv 2512.01112, capped pro rata).
  risk_aware,       ///< By pnl x leverage, the same cap (arXiv 2512.01112, risk-aware policies, linear weight).
  /// Smallest worst haircut / equity (arXiv 2512.01112, min-max program): exact in lots if every lot costs the same,
  /// else the smallest that the executor's walk can reach. Haircuts of a unit on other ladders are included
  /// (`min_max_walk`).
  min_max,
};

struct adl_policy {
  adl_policy_kind kind = adl_policy_kind::queue;
  std::uint32_t cap_ppm = 1'000'000;  ///< `capped` and `risk_aware`: largest share of a position's pnl that one wave
                                      ///< takes.
  friend bool operator==(const adl_policy&, const adl_policy&) = default;
};

/// "queue", "pro_rata:pnl", "capped:0.5", ...: as in `[adl] policy` and `--policies`. Anything else is an error of code
/// usage.
[[nodiscard]] result<adl_policy> parse_adl_policy(std::string_view text);
[[nodiscard]] std::string to_string(const adl_policy& policy);
/// One of each kind, without caps below the whole pnl.
[[nodiscard]] std::vector<adl_policy> all_adl_policies();

}  // namespace plimsoll
