#include "host/engine/digest.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "host/book/name_hashes.hpp"
#include "host/engine/sum_of_hashes.hpp"
#include "kernels/rules/ladder.hpp"

namespace plimsoll {

namespace {

/// The hashes of the names in a record.
class record_names {
 public:
  explicit record_names(const book& source) : source_(source), accounts_(account_hashes(source)), names_(source) {}
  [[nodiscard]] std::uint64_t instrument_of(std::uint32_t position) const {
    return instrument(source_.positions.instrument[position]);
  }
  [[nodiscard]] std::uint64_t instrument(std::uint32_t id) const { return names_.instrument(id); }
  [[nodiscard]] std::uint64_t account(std::uint32_t unit) const { return accounts_[source_.units.account[unit]]; }
  [[nodiscard]] std::uint64_t of_account(std::uint32_t id) const { return accounts_[id]; }
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

/// An entry that is on its ladder, with the names in its record.
struct ranked_entry {
  std::size_t entry;
  std::uint32_t position;
  std::uint32_t unit;
  std::uint32_t segment;
  std::uint32_t account;
  std::uint64_t account_hash;
};

/// Sums the records of the entries [begin, end). Entries lie far apart in the book. So many are looked up at once, step
/// by step; a look-up of one after the other would wait for memory at every step.
std::uint64_t sum_of_entries(const scan_result& scan, const record_names& names, std::size_t begin, std::size_t end) {
  const book& source = *scan.source;
  const std::vector<std::uint32_t>& first = source.sides.first_entry;
  auto segment = static_cast<std::uint32_t>(std::upper_bound(first.begin(), first.end(), begin) - first.begin() - 1);
  std::uint64_t sum = 0;
  std::array<ranked_entry, 64> some;
  while (begin != end) {
    std::size_t count = 0;
    for (; begin != end && count != some.size(); ++begin) {
      while (begin >= first[segment + 1]) { ++segment; }
      if (scan.ladder.keys[begin] == off_ladder) { continue; }
      ranked_entry& one = some[count++];
      one.entry = begin;
      one.segment = segment;
      one.position = source.sides.position[begin];
      one.unit = source.positions.unit[one.position];
      __builtin_prefetch(&source.positions.lots[one.position]);
    }
    for (std::size_t i = 0; i < count; ++i) {
      some[i].account = source.units.account[some[i].unit];
      __builtin_prefetch(&source.units.code[some[i].unit]);
    }
    for (std::size_t i = 0; i < count; ++i) { some[i].account_hash = names.of_account(some[i].account); }
    for (std::size_t i = 0; i < count; ++i) {
      const ranked_entry& one = some[i];
      sum += record_hash(record::full_entry, names.instrument(one.segment / 2), one.account_hash, names.unit(one.unit),
                         static_cast<position_side>(one.segment % 2), magnitude(source.positions.lots[one.position]),
                         score_bits_of(scan.ladder.keys[one.entry]), scan.ladder.lights[one.entry]);
    }
  }
  return sum;
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
      sum_of_parts(source.sides.position.size(), hash_grain,
                   [&](std::size_t begin, std::size_t end) { return sum_of_entries(scan, names, begin, end); });
  return all_units + entries;
}

}  // namespace

tick_digests digests_of(const scan_result& scan) {
  const record_names names(*scan.source);
  return {tick_digest(scan, names), full_digest(scan, names)};
}

}  // namespace plimsoll
