#include "host/report/evidence_summary.hpp"

#include <nlohmann/json.hpp>

#include "host/table/chunk_table.hpp"
#include "host/text/decimal.hpp"

namespace plimsoll {

std::string evidence_json(const replay& engine) {
  using json = nlohmann::ordered_json;
  const tick_evidence& what = *engine.evidence();
  const reference_data& reference = what.start.reference;
  json money = json::object();
  json system = json::object();
  for (std::uint32_t a = 0; a < reference.assets.size(); ++a) {
    const auto text = [&](int128 steps) { return format_units(steps, reference.assets[a].digits); };
    const std::string& name = reference.assets[a].name;
    money[name] = {{"opening", text(engine.opening().money[a])},
                   {"tick_start", text(what.sums_start.money[a])},
                   {"now", text(what.sums_now.money[a])}};
    for (std::size_t of = 0; of < what.start_system.system.size(); ++of) {
      const auto& balances = what.start_system.system[of].balance;
      if (const auto found = balances.find(a); found != balances.end()) {
        system[to_string(static_cast<system_account>(of))][name] = text(found->second);
      }
    }
  }
  json contracts = json::object();
  for (std::uint32_t i = 0; i < reference.instruments.size(); ++i) {
    const instrument& it = reference.instruments[i];
    if (it.kind == instrument_kind::spot) { continue; }
    const auto text = [&](int128 lots) { return format_units(step_units(lots, it.size_step), it.size_step.scale); };
    contracts[it.name] = {{"opening", text(engine.opening().lots[i])},
                          {"tick_start", text(what.sums_start.lots[i])},
                          {"now", text(what.sums_now.lots[i])}};
  }
  json out = {{"version", PLIMSOLL_VERSION},
              {"error", what.message},
              {"tick", what.tick},
              {"whole_ticks", engine.ticks_done()}};
  out["plan"] = what.plan.size() == 0 ? json(nullptr) : json(what.plan[0].plan);
  out["balances_less_costs"] = money;
  out["contracts"] = contracts;
  out["system_at_tick_start"] = system;
  return out.dump(2) + "\n";
}

}  // namespace plimsoll
