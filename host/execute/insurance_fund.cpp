#include "host/execute/insurance_fund.hpp"

#include <algorithm>

#include "plimsoll/limits.hpp"

namespace plimsoll {

insurance_fund::insurance_fund(const book& source, const fund_rules& rules, ledger& books)
    : book_(source), rules_(rules), ledger_(books) {
  if (!books.holdings(system_account::fund).balance.empty()) { return; }
  const std::vector<asset>& assets = source.reference.assets;
  std::vector<int128> opening(assets.size(), 0);
  const auto open = [&](const std::string& name, std::uint32_t a, bool is_part) {
    const auto found = rules.balance.find(name);
    if (found == rules.balance.end()) { return; }
    const int128 steps = to_units(found->second, assets[a].digits).value_or(0);  // `check_rulebook` refuses the others.
    if (is_part) { books.move_fund_part(name, steps); }
    opening[a] += steps;
  };
  if (rules.scope == fund_scope::asset) {
    for (std::uint32_t a = 0; a < assets.size(); ++a) { open(assets[a].name, a, false); }
  } else {
    for (const instrument& it : source.reference.instruments) {
      if (it.kind != instrument_kind::spot) { open(it.name, it.settle, true); }
    }
  }
  for (std::uint32_t a = 0; a < assets.size(); ++a) {
    if (opening[a] > 0) { books.open(system_account::fund, a, static_cast<std::int64_t>(opening[a])); }
  }
}

void insurance_fund::begin(std::int64_t tick) {
  if (tick != state_.tick) { state_.paid.clear(); }
  state_.tick = tick;
  update_drawdown();
}

void insurance_fund::hold(const std::string& part, int128 amount) {
  if (amount == 0) { return; }
  int128& sum = state_.held_back[part];
  sum += amount;
  if (sum == 0) { state_.held_back.erase(part); }
}

std::string insurance_fund::part_of(std::uint32_t unit, std::uint32_t instrument) const {
  if (rules_.scope == fund_scope::asset) { return book_.reference.assets[book_.asset_of(unit)].name; }
  return instrument == no_id ? std::string() : book_.reference.instruments[instrument].name;
}

std::string insurance_fund::payee_of(std::uint32_t unit, const std::string& part) const {
  return std::string(book_.accounts[book_.units.account[unit]]) + '\n' + part;
}

std::int64_t insurance_fund::available(std::uint32_t unit, std::uint32_t instrument) const {
  const auto stopped = state_.stopped.find(part_of(unit, instrument));
  return stopped != state_.stopped.end() && stopped->second ? 0 : within_limits(unit, instrument);
}

std::int64_t insurance_fund::within_limits(std::uint32_t unit, std::uint32_t instrument) const {
  const std::string part = part_of(unit, instrument);
  const std::uint32_t asset = book_.asset_of(unit);
  const auto in = [](const std::map<std::string, int128>& sums, const std::string& key) {
    const auto found = sums.find(key);
    return found == sums.end() ? int128{0} : found->second;
  };
  const auto steps = [&](const decimal& limit) {
    return to_units(limit, book_.reference.assets[asset].digits).value_or(0);
  };
  const int128 held = rules_.scope == fund_scope::asset ? ledger_.balance(system_account::fund, asset)
                                                        : in(ledger_.state().fund_parts, part);
  int128 most = held - steps(rules_.floor) - in(state_.held_back, part);
  if (rules_.tick_limit) { most = std::min(most, steps(*rules_.tick_limit) - in(state_.paid, part)); }
  if (rules_.account_limit) {
    most = std::min(most, steps(*rules_.account_limit) - in(state_.paid, payee_of(unit, part)));
  }
  return static_cast<std::int64_t>(std::clamp<int128>(most, 0, limits::money_steps_max));
}

void insurance_fund::paid(std::uint32_t unit, std::uint32_t instrument, std::int64_t amount) {
  const std::string part = part_of(unit, instrument);
  state_.paid[part] += amount;
  state_.paid[payee_of(unit, part)] += amount;
  if (rules_.scope == fund_scope::instrument) { ledger_.move_fund_part(part, -amount); }
}

void insurance_fund::gained(std::uint32_t unit, std::uint32_t instrument, std::int64_t amount) {
  if (rules_.scope == fund_scope::instrument) { ledger_.move_fund_part(part_of(unit, instrument), amount); }
}

void insurance_fund::update_drawdown() {
  if (!rules_.drawdown_stop_ppm) { return; }
  if (rules_.scope == fund_scope::instrument) {
    for (const auto& [part, balance] : ledger_.state().fund_parts) { watch(part, balance); }
    return;
  }
  for (const auto& [asset, balance] : ledger_.holdings(system_account::fund).balance) {
    watch(book_.reference.assets[asset].name, balance);
  }
}

void insurance_fund::watch(const std::string& part, int128 balance) {
  int128& peak = state_.peak[part];
  peak = std::max(peak, balance);
  bool& stopped = state_.stopped[part];
  if (balance * limits::ppm < peak * (limits::ppm - *rules_.drawdown_stop_ppm)) { stopped = true; }
  if (balance * limits::ppm >= peak * rules_.recovery_ppm) { stopped = false; }
}

}  // namespace plimsoll
