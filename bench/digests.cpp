#include "bench/digests.hpp"

#include <string_view>

#include <xxhash.h>

namespace plimsoll::bench {
namespace {

constexpr std::uint64_t low_word(uint128 value) { return static_cast<std::uint64_t>(value); }
constexpr std::uint64_t high_word(uint128 value) { return static_cast<std::uint64_t>(value >> 64); }

}  // namespace

std::uint64_t digest_of_verdicts(const margin_result& margin) {
  return sum_of_hashes(margin.units.verdicts.size(), [&](std::size_t unit) {
    return record_hash(stage_record::verdict, unit, margin.units.verdicts[unit].bits);
  });
}

std::uint64_t digest_of_figures(const margin_result& margin) {
  const unit_figures& units = margin.units;
  return sum_of_hashes(units.verdicts.size(), [&](std::size_t unit) {
    const uint128 maintenance = units.maintenance_ppm[unit];
    const uint128 initial = units.initial_ppm[unit];
    return record_hash(stage_record::figures, unit, units.equity[unit], units.margin_equity[unit],
                       low_word(maintenance), high_word(maintenance), low_word(initial), high_word(initial),
                       units.verdicts[unit].bits);
  });
}

std::uint64_t digest_of_judgement(const tick_judgement& judgement) {
  std::uint64_t sum = record_hash(stage_record::judgement, judgement.counts[0], judgement.counts[1],
                                  judgement.counts[2], judgement.counts[3], judgement.held);
  for (const unit_record& one : judgement.records) {
    sum += record_hash(stage_record::judged, one.unit, one.outcome.bits, one.equity, one.margin_equity,
                       low_word(one.maintenance_ppm), high_word(one.maintenance_ppm));
  }
  return sum;
}

std::uint64_t digest_of_flagged(const margin_result& margin) {
  return sum_of_hashes(margin.flagged.size(), [&](std::size_t place) {
    return record_hash(stage_record::flagged, place, margin.flagged[place]);
  });
}

std::uint64_t digest_of_scores(const rank_result& ranks) {
  return sum_of_hashes(ranks.keys.size(),
                       [&](std::size_t entry) { return record_hash(stage_record::score, entry, ranks.keys[entry]); });
}

std::uint64_t digest_of_lights(const rank_result& ranks) {
  return sum_of_hashes(ranks.lights.size(), [&](std::size_t entry) {
    return record_hash(stage_record::lights, entry, ranks.lights[entry]);
  });
}

std::uint64_t digest_of_prefixes(const rank_result& ranks) {
  std::uint64_t sum = 0;
  for (std::size_t prefix = 0; prefix + 1 < ranks.first_entry.size(); ++prefix) {
    const std::uint64_t first = ranks.first_entry[prefix];
    sum += sum_of_hashes(ranks.first_entry[prefix + 1] - first, [&](std::size_t place) {
      const ladder_entry& entry = ranks.entries[first + place];
      return record_hash(stage_record::prefix, prefix, place, entry.position, entry.key);
    });
  }
  return sum;
}

std::uint64_t digest_of_book(const book& source) {
  const std::uint64_t units = sum_of_hashes(source.units.size(), [&](std::size_t unit) {
    const std::string_view account = source.accounts[source.units.account[unit]];
    return record_hash(stage_record::book_unit, XXH64(account.data(), account.size(), 0), source.units.code[unit].bits,
                       source.units.balance[unit], source.units.cash[unit]);
  });
  const position_columns& rows = source.positions;
  const std::uint64_t positions = sum_of_hashes(rows.size(), [&](std::size_t row) {
    return record_hash(stage_record::book_position, rows.unit[row], rows.instrument[row], rows.lots[row],
                       rows.cost[row]);
  });
  return units + positions;
}

}  // namespace plimsoll::bench
