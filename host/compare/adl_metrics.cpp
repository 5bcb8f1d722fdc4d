#include "host/compare/adl_metrics.hpp"

#include <algorithm>

namespace plimsoll {

std::int64_t haircut_ratio(int128 haircut, std::int64_t equity) {
  if (haircut <= 0) { return 0; }
  if (equity <= 0) { return ratio_max; }
  return static_cast<std::int64_t>(std::min<int128>(haircut * ratio_one / equity, ratio_max));
}

std::int64_t gini_of(std::span<const std::uint32_t> ratios, std::uint64_t count) {
  // |2i - count - 1| < 2^32, a ratio < 2^31, fewer than 2^32 of them: below 2^95; times 10^9 below 2^125.
  int128 weighted = 0;
  int128 sum = 0;
  auto place = static_cast<int128>(count - ratios.size());  // The zeros come first.
  for (const std::uint32_t ratio : ratios) {
    ++place;
    weighted += (2 * place - static_cast<int128>(count) - 1) * ratio;
    sum += ratio;
  }
  return sum == 0 ? 0 : static_cast<std::int64_t>(weighted * ratio_one / (static_cast<int128>(count) * sum));
}

void adl_record::add(const tick_outcome& outcome, const book& state) {
  for (const auto& [asset, flows] : outcome.flows) {
    if (flows.adl_candidates == 0 && flows.adl_needed == 0) { continue; }
    part& of = parts_[asset];
    of.money.removed += flows.adl_haircut;
    of.money.needed += flows.adl_needed;
    of.candidates += flows.adl_candidates;
  }
  for (const deleveraged_unit& one : outcome.deleveraged) {
    part& of = parts_[state.asset_of(one.unit)];
    of.ratios.push_back(static_cast<std::uint32_t>(haircut_ratio(one.haircut, one.equity)));
    of.accounts.emplace(state.accounts[state.units.account[one.unit]]);
  }
}

adl_money adl_record::money(std::uint32_t asset) const {
  const auto found = parts_.find(asset);
  return found == parts_.end() ? adl_money{} : found->second.money;
}

haircut_spread adl_record::spread_of(std::vector<std::uint32_t> ratios, std::uint64_t candidates,
                                     std::uint64_t accounts) {
  std::sort(ratios.begin(), ratios.end());
  haircut_spread out;
  out.candidates = candidates;
  out.deleveraged = ratios.size();
  out.accounts = accounts;
  if (ratios.empty()) { return out; }
  std::uint64_t sum = 0;
  for (const std::uint32_t ratio : ratios) { sum += ratio; }
  out.worst = ratios.back();
  out.mean = static_cast<std::int64_t>(sum / ratios.size());
  out.gini = gini_of(ratios, candidates);
  return out;
}

haircut_spread adl_record::spread(std::uint32_t asset) const {
  const auto found = parts_.find(asset);
  if (found == parts_.end()) { return {}; }
  return spread_of(found->second.ratios, found->second.candidates, found->second.accounts.size());
}

haircut_spread adl_record::spread() const {
  std::vector<std::uint32_t> ratios;
  std::unordered_set<std::string> accounts;
  std::uint64_t candidates = 0;
  for (const auto& [asset, of] : parts_) {
    ratios.insert(ratios.end(), of.ratios.begin(), of.ratios.end());
    accounts.insert(of.accounts.begin(), of.accounts.end());
    candidates += of.candidates;
  }
  return spread_of(std::move(ratios), candidates, accounts.size());
}

}  // namespace plimsoll
