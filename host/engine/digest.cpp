#include "host/engine/digest.hpp"

#include <vector>

#include "host/book/name_hashes.hpp"
#include "host/engine/sum_of_hashes.hpp"
#include "kernels/rules/ladder.hpp"

namespace plimsoll {

namespace {

/// Names' hashes by what a record speaks of. A ladder's entries ask for their account in no order that a cache likes.
class record_names {
 public:
  explicit record_names(const book& source) : source_(source), accounts_(account_hashes(source)), names_(source) {}
  [[nodiscard]] std::uint64_t instrument_of(std::uint32_t position) const {
    return names_.instrument(source_.positions.instrument[position]);
  }
  [[nodiscard]] std::uint64_t account(std::uint32_t unit) const { return accounts_[source_.units.account[unit]]; }
  [[nodiscard]] std::uint64_t unit(std::uint32_t unit) const { return names_.unit(source_.units.code[unit]); }

 private:
  const book& source_;
  std::vector<std::uint64_t> accounts_;
  name_hashes names_;
};

constexpr std::size_t hash_grain = 4096;

std::uint64_t tick_digest(const scan_result& scan, const record_names& names) {
  const book& source = *scan.source;
  const unit_figures& units = scan.margin.units;
  const std::uint64_t states = sum_of_hashes(source.units.size(), hash_grain, [&](std::size_t i) -> std::uint64_t {
    const auto unit = static_cast<std::uint32_t>(i);
    const unit_state state = units.verdicts[unit].state();
    if (state == unit_state::healthy) { return 0; }
    return tick_unit_hash(names.account(unit), names.unit(unit), state, units.equity[unit]);
  });
  const std::uint64_t fills = sum_of_hashes(scan.cover.size(), hash_grain, [&](std::size_t i) {
    const cover_fill& fill = scan.cover[i];
    const std::uint32_t loser = source.positions.unit[fill.loser];
    const std::uint32_t winner = source.positions.unit[fill.winner];
    return tick_fill_hash(names.instrument_of(fill.loser), names.account(loser), names.unit(loser),
                          names.account(winner), names.unit(winner), fill);
  });
  return states + fills;
}

std::uint64_t full_digest(const scan_result& scan, const record_names& names) {
  const book& source = *scan.source;
  const unit_figures& units = scan.margin.units;
  const std::uint64_t all_units = sum_of_hashes(source.units.size(), hash_grain, [&](std::size_t i) {
    const auto unit = static_cast<std::uint32_t>(i);
    return record_hash(record::full_unit, names.account(unit), names.unit(unit), units.equity[unit],
                       units.margin_equity[unit], maintenance_of(scan, unit), units.verdicts[unit].state());
  });
  const std::uint64_t entries =
      sum_of_hashes(source.sides.position.size(), hash_grain, [&](std::size_t entry) -> std::uint64_t {
        if (scan.ladder.keys[entry] == off_ladder) { return 0; }
        const std::uint32_t position = source.sides.position[entry];
        const std::uint32_t unit = source.positions.unit[position];
        return record_hash(record::full_entry, names.instrument_of(position), names.account(unit), names.unit(unit),
                           side_of({source.positions.lots[position]}), magnitude(source.positions.lots[position]),
                           score_bits_of(scan.ladder.keys[entry]), scan.ladder.lights[entry]);
      });
  return all_units + entries;
}

}  // namespace

tick_digests digests_of(const scan_result& scan) {
  const record_names names(*scan.source);
  return {tick_digest(scan, names), full_digest(scan, names)};
}

}  // namespace plimsoll
