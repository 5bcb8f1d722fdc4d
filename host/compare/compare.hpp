// ADL policies on forks of one book: same path, same rulebook but for the policy.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "host/compare/fork.hpp"
#include "host/execute/policy.hpp"

namespace plimsoll {

/// What a comparison found; reports read it.
struct comparison {
  struct fork {
    adl_policy policy;
    fork_outcome outcome;
  };
  reference_data reference;  ///< Of the book: names and digits of assets.
  std::uint64_t accounts = 0;
  std::uint64_t positions = 0;
  std::string path;         ///< What the forks went through: "own marks", "shock -0.2", "15 ticks".
  std::vector<fork> forks;  ///< In the order asked for.
};

/// "queue,pro_rata:equity,capped:0.5": none twice. Blank: all eight, each without a cap. Usage errors name what is
/// wrong.
[[nodiscard]] result<std::vector<adl_policy>> parse_policies(std::string_view list);

/// Runs one fork after the other. Usage error where the book's rulebook has no ADL.
[[nodiscard]] result<comparison> compare_policies(book source, const std::vector<adl_policy>& policies,
                                                  std::span<const tick_inputs> path, const fork_options& options,
                                                  refusal_list& refusals);

}  // namespace plimsoll
