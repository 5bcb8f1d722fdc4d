#include "host/compare/fork.hpp"

#include <chrono>
#include <set>
#include <string_view>

#include <xxhash.h>

#include "kernels/rules/digest.hpp"

namespace plimsoll {

namespace {

std::uint64_t text_hash(std::string_view text) { return XXH64(text.data(), text.size(), 0); }

std::uint64_t hash_of(const event_row& event, const replay_log& log, const reference_data& reference) {
  const bool trades = event.instrument != no_id;
  return record_hash(event.tick, event.plan, text_hash(to_string(event.step)), text_hash(log.name(event.account)),
                     event.unit == no_id ? 0 : text_hash(log.name(event.unit)),
                     trades ? text_hash(reference.instruments[event.instrument].name) : 0, event.lots, event.cost,
                     text_hash(reference.assets[event.asset].name), event.amount, event.price_ticks,
                     text_hash(log.name(event.cause)));
}

void add_row(fork_figures& sum, const tick_row& row) {
  sum.flows.market += row.flows.market;
  sum.flows.backstop += row.flows.backstop;
  sum.flows.surplus += row.flows.surplus;
  sum.flows.fees += row.flows.fees;
  sum.flows.fund_paid += row.flows.fund_paid;
  sum.flows.adl += row.flows.adl;
  sum.flows.adl_haircut += row.flows.adl_haircut;
  sum.flows.socialised += row.flows.socialised;
  sum.flows.unpaid = row.flows.unpaid;
  sum.fund_balance = row.fund_balance;
}

}  // namespace

namespace {

std::vector<account_haircut> sum_haircuts(const replay_log& log) {
  std::map<std::pair<std::uint32_t, std::string_view>, account_haircut> sums;
  for (const deleveraged_row& row : log.deleveraged) {
    account_haircut& of = sums[{row.asset, log.name(row.account)}];
    of.haircut += row.haircut;
    of.worst = std::max(of.worst, haircut_ratio(row.haircut, row.equity));
    ++of.deleveraged;
  }
  std::vector<account_haircut> out;
  out.reserve(sums.size());
  for (auto& [key, of] : sums) {
    of.asset = key.first;
    of.account = key.second;
    out.push_back(std::move(of));
  }
  return out;
}

}  // namespace

std::vector<std::uint32_t> settlement_assets(const reference_data& reference) {
  if (reference.venue.collateral == collateral_mode::multi) { return {reference.quote}; }
  std::set<std::uint32_t> assets;
  for (const instrument& it : reference.instruments) {
    if (it.kind != instrument_kind::spot) { assets.insert(it.settle); }
  }
  return {assets.begin(), assets.end()};
}

result<fork_outcome> run_fork(opened_book start, rulebook rules, std::span<const tick_inputs> path,
                              const fork_options& options, std::unique_ptr<backend>& machine, refusal_list& refusals) {
  const auto began = std::chrono::steady_clock::now();
  if (!machine) {
    result<std::unique_ptr<backend>> made = options.make_machine();
    if (!made) { return made.error(); }
    machine = std::move(made).value();
  }
  adl_record record;
  fork_outcome out;
  replay_options how;
  how.threads = options.threads;
  how.inputs = options.inputs;
  how.on_executed = [&](const tick_outcome& outcome, const book& state) {
    record.add(outcome, state);
    ++out.passes;
  };
  result<std::unique_ptr<replay>> made =
      replay::make(std::move(start), std::move(rules), std::move(machine), std::move(how));
  if (!made) { return made.error(); }
  replay& engine = *made.value();
  const replay_log& log = engine.log();
  const reference_data& reference = engine.columns().reference;
  for (const tick_inputs& tick : path) {
    PLIMSOLL_TRY(engine.step(tick.marks, tick.updates, refusals));
    // A fork keeps only the digest of its events.
    log.events.visit(out.events, log.events.size(),
                     [&](const event_row& event) { out.events_digest += hash_of(event, log, reference); });
    out.events = log.events.size();
    engine.forget_events();
    ++out.ticks;
    if (options.on_tick) { options.on_tick(); }
  }
  out.conserved = engine.engine().books().sums() == engine.opening();
  out.plans = engine.engine().books().next_id() - 1;
  for (const std::uint32_t asset : settlement_assets(reference)) {
    fork_figures& of = out.assets.emplace_back();
    of.asset = asset;
    of.money = record.money(asset);
    of.spread = record.spread(asset);
    of.fund_balance = engine.engine().books().balance(system_account::fund, asset);
  }
  for (const tick_row& row : log.ticks) {
    for (fork_figures& of : out.assets) {
      if (of.asset == row.asset) { add_row(of, row); }
    }
  }
  if (options.keep_haircuts) { out.haircuts = sum_haircuts(log); }
  out.overall = record.spread();
  out.held = log.held_markets();
  out.notes = log.notes;
  out.machine_notes = log.machine_notes;
  if (out.machine_notes.empty()) { machine = engine.take_machine(); }
  out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return out;
}

}  // namespace plimsoll
