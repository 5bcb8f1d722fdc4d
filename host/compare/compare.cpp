#include "host/compare/compare.hpp"

#include <algorithm>
#include <utility>

#include "host/compare/list_text.hpp"

namespace plimsoll {

result<std::vector<adl_policy>> parse_policies(std::string_view list) {
  if (list.empty()) { return all_adl_policies(); }
  std::vector<adl_policy> out;
  for (const std::string_view text : split_list(list, ',')) {
    const result<adl_policy> one = parse_adl_policy(text);
    if (!one) { return one.error(); }
    if (std::find(out.begin(), out.end(), one.value()) != out.end()) {
      return error{error_code::usage, "the policy " + to_string(one.value()) + " is listed twice"};
    }
    out.push_back(one.value());
  }
  return out;
}

result<std::vector<fork_plan>> plans_of_policies(const book& source, const std::vector<adl_policy>& policies) {
  const venue_config& own = source.reference.venue;
  if (!own.rules.adl.enabled) {
    return error{error_code::usage, "the rulebook of " + own.name + " has ADL switched off, so no policy would act"};
  }
  std::vector<fork_plan> out;
  for (const adl_policy& policy : policies) {
    out.push_back({to_string(policy), own});
    out.back().venue.rules.adl.policy = policy;
  }
  return out;
}

result<comparison> compare_forks(book source, const std::vector<fork_plan>& plans, std::span<const tick_inputs> path,
                                 const fork_options& options, refusal_list& refusals) {
  comparison out;
  out.reference = source.reference;
  out.accounts = source.accounts.size();
  out.positions = source.positions.size();
  result<opened_book> opened = open_book(std::move(source));
  if (!opened) { return opened.error(); }
  std::unique_ptr<backend> machine;
  for (std::size_t i = 0; i < plans.size(); ++i) {
    // The last fork moves the book instead of copying it.
    opened_book start = i + 1 < plans.size() ? opened.value() : std::move(opened.value());
    start.live.columns().reference.venue = plans[i].venue;
    const rulebook& rules = plans[i].venue.rules;
    result<fork_outcome> ran = run_fork(std::move(start), rules, path, options, machine, refusals);
    if (!ran) { return ran.error(); }
    out.forks.push_back({plans[i].name, rules.name, rules.adl.policy, rules.market.exists() || rules.backstop.enabled,
                         std::move(ran).value()});
  }
  return out;
}

}  // namespace plimsoll
