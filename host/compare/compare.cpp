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
      return error{error_code::usage, "the policy " + to_string(one.value()) + " stands twice"};
    }
    out.push_back(one.value());
  }
  return out;
}

result<comparison> compare_policies(book source, const std::vector<adl_policy>& policies,
                                    std::span<const tick_inputs> path, const fork_options& options,
                                    refusal_list& refusals) {
  rulebook rules = source.reference.venue.rules;
  if (!rules.adl.enabled) {
    return error{error_code::usage,
                 "the rulebook of " + source.reference.venue.name + " has ADL switched off: no policy would act"};
  }
  comparison out{source.reference, source.accounts.size(), source.positions.size(), {}, {}};
  for (std::size_t i = 0; i < policies.size(); ++i) {
    rules.adl.policy = policies[i];
    // The last fork takes the book itself.
    book start = i + 1 < policies.size() ? source : std::move(source);
    result<fork_outcome> ran = run_fork(std::move(start), rules, path, options, refusals);
    if (!ran) { return ran.error(); }
    out.forks.push_back({policies[i], std::move(ran).value()});
  }
  return out;
}

}  // namespace plimsoll
