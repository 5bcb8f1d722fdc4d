// ADL policies on forks of one book: same path, same rulebook but for the policy.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "host/compare/fork.hpp"
#include "host/execute/policy.hpp"
#include "host/venue/venue.hpp"

namespace plimsoll {

/// What a comparison found; reports read it.
struct comparison {
  struct fork {
    std::string name;      ///< Of what differs: a policy, or a rulebook.
    std::string rulebook;  ///< That it followed, with `policy`.
    adl_policy policy;
    bool has_market = false;  ///< Or a backstop.
    fork_outcome outcome;
  };
  bool of_rulebooks = false;  ///< Rulebooks were compared, not policies.
  reference_data reference;   ///< Of the book: names and digits of assets.
  std::uint64_t accounts = 0;
  std::uint64_t positions = 0;
  std::string path;         ///< What the forks went through: "own marks", "shock -0.2", "15 ticks".
  std::vector<fork> forks;  ///< In the order asked for.
};

/// "queue,pro_rata:equity,capped:0.5": none twice. Blank: all eight, each without a cap. Usage errors name what is
/// wrong.
[[nodiscard]] result<std::vector<adl_policy>> parse_policies(std::string_view list);

/// What one fork follows.
struct fork_plan {
  std::string name;
  venue_config venue;
};

/// The book's own venue, once with each policy. Usage error where its rulebook has no ADL.
[[nodiscard]] result<std::vector<fork_plan>> plans_of_policies(const book& source,
                                                               const std::vector<adl_policy>& policies);

/// Runs one fork after the other.
[[nodiscard]] result<comparison> compare_forks(book source, const std::vector<fork_plan>& plans,
                                               std::span<const tick_inputs> path, const fork_options& options,
                                               refusal_list& refusals);

}  // namespace plimsoll
