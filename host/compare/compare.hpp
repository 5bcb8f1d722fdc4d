// ADL policies on forks of one book: the path and the rulebook are the same, and only the policy differs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "host/compare/fork.hpp"
#include "host/execute/policy.hpp"
#include "host/venue/venue.hpp"

namespace plimsoll {

/// Result of a comparison; reports read it.
struct comparison {
  struct fork {
    std::string name;      ///< Name of the policy or the rulebook in which this fork differs.
    std::string rulebook;  ///< Rulebook that the fork followed, with `policy`.
    adl_policy policy;
    bool has_market = false;  ///< Or a backstop.
    fork_outcome outcome;
  };
  bool of_rulebooks = false;  ///< Rulebooks were compared, not policies.
  reference_data reference;   ///< Of the book: names and digits of assets.
  std::uint64_t accounts = 0;
  std::uint64_t positions = 0;
  std::string path;         ///< Path of the forks: "own marks", "shock -0.2", "15 ticks".
  std::vector<fork> forks;  ///< In the requested order.
};

/// Parses a list such as "queue,pro_rata:equity,capped:0.5", in which no policy may be repeated. Blank: all eight
/// policies, each without a cap. Errors are of code usage and name the wrong part.
[[nodiscard]] result<std::vector<adl_policy>> parse_policies(std::string_view list);

/// Rules of one fork.
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
