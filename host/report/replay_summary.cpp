#include "host/report/replay_summary.hpp"

#include <nlohmann/json.hpp>

#include "host/book/rebuild.hpp"
#include "host/report/held_table.hpp"
#include "host/report/notes.hpp"
#include "host/table/chunk_table.hpp"
#include "host/text/decimal.hpp"

namespace plimsoll {

namespace {

using json = nlohmann::ordered_json;

json flows_json(const replay& engine) {
  json out = json::object();
  for (const auto& [id, of] : engine.log().totals()) {
    const asset& it = engine.state().reference.assets[id];
    const auto money = [&](int128 steps) { return format_units(steps, it.digits); };
    out[it.name] = {{"market", money(of.flows.market)},
                    {"surplus", money(of.flows.surplus)},
                    {"fees", money(of.flows.fees)},
                    {"backstop", money(of.flows.backstop)},
                    {"fund_paid", money(of.flows.fund_paid)},
                    {"fund_balance", money(of.fund_balance)},
                    {"adl", money(of.flows.adl)},
                    {"adl_haircut", money(of.flows.adl_haircut)},
                    {"socialised", money(of.flows.socialised)},
                    {"unpaid_last_tick", money(of.flows.unpaid)},
                    {"winners", of.winners}};
  }
  return out;
}

json conservation_json(const replay& engine) {
  const ledger_sums& opening = engine.opening();
  const ledger_sums closing = engine.engine().books().sums();
  const reference_data& reference = engine.state().reference;
  json assets = json::object();
  for (std::uint32_t a = 0; a < reference.assets.size(); ++a) {
    const int digits = reference.assets[a].digits;
    assets[reference.assets[a].name] = {{"opening", format_units(opening.money[a], digits)},
                                        {"closing", format_units(closing.money[a], digits)}};
  }
  json instruments = json::object();
  for (std::uint32_t i = 0; i < reference.instruments.size(); ++i) {
    const instrument& it = reference.instruments[i];
    if (it.kind == instrument_kind::spot) { continue; }
    instruments[it.name] = {{"opening", format_units(step_units(opening.lots[i], it.size_step), it.size_step.scale)},
                            {"closing", format_units(step_units(closing.lots[i], it.size_step), it.size_step.scale)}};
  }
  return {{"holds", closing == opening}, {"balances_less_costs", assets}, {"contracts", instruments}};
}

}  // namespace

std::vector<note> replay_notes(const replay& engine) {
  return notes_on_held(engine.log().held_markets(), engine.ticks_done(), engine.columns().reference);
}

std::string replay_summary_json(const replay& engine, std::span<const note> notes, double seconds) {
  const book& source = engine.state();
  json out;
  out["venue"] = source.reference.venue.name;
  out["rulebook"] = engine.engine().rules().name;
  out["ticks"] = engine.ticks_done();
  out["plans"] = engine.engine().books().next_id() - 1;
  out["events"] = engine.log().events.size();
  out["accounts"] = source.accounts.size();
  out["positions"] = source.positions.size();
  out["held"] = held_json(engine.log().held_markets(), source.reference);
  out["notes"] = notes_json(notes);
  out["assets"] = flows_json(engine);
  out["conservation"] = conservation_json(engine);
  // Facts for which `final/` has no row.
  out["debts"] = json::array();
  for (const bare_unit& one : bare_units_of(source)) {
    const std::uint32_t asset = source.reference.venue.collateral == collateral_mode::multi
                                    ? source.reference.quote
                                    : source.reference.instruments[one.code.instrument()].settle;
    out["debts"].push_back({{"account", source.accounts[one.account]},
                            {"unit", source.unit_name(one.code)},
                            {"amount", format_units(one.balance, source.reference.assets[asset].digits)}});
  }
  json stages = json::object();
  for (const stage_time& one : engine.log().stages) { stages[one.stage] = one.seconds; }
  out["run"] = {{"version", PLIMSOLL_VERSION},
                {"seconds_total", seconds},
                {"ticks_per_second", seconds > 0 ? static_cast<double>(engine.ticks_done()) / seconds : 0.0},
                {"seconds", stages},
                {"notes", engine.log().machine_notes}};
  return out.dump(2) + "\n";
}

}  // namespace plimsoll
