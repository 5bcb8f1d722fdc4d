#include "host/engine/answer.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>

#include "host/engine/digest.hpp"
#include "host/engine/sum_of_hashes.hpp"

namespace plimsoll {

namespace {

constexpr std::size_t batch_lines = 64;

/// Names of units, for a batch of them. Each step (unit, account, name, its bytes) is done for the whole batch before
/// the next one. Units lie far apart in memory, and waits for memory overlap only if no access depends on another.
class named_units {
 public:
  named_units(const book& source, const name_hashes& hashes, const unit_names& names)
      : source_(source), hashes_(hashes), names_(names) {}

  /// `unit_at(i)` for i in [0, count), count at most batch_lines.
  template <class UnitAt>
  void name(std::size_t count, const UnitAt& unit_at) {
    for (std::size_t i = 0; i < count; ++i) { unit_[i] = unit_at(i); }
    for (std::size_t i = 0; i < count; ++i) {
      account_id_[i] = source_.units.account[unit_[i]];
      code_[i] = source_.units.code[unit_[i]];
    }
    for (std::size_t i = 0; i < count; ++i) { source_.accounts.prefetch_name(account_id_[i]); }
    for (std::size_t i = 0; i < count; ++i) {
      account_[i] = source_.accounts[account_id_[i]];
      account_hash_[i] = hash_of_name(account_[i]);
    }
  }

  [[nodiscard]] std::string_view account_name(std::size_t i) const { return account_[i]; }
  [[nodiscard]] std::string_view unit_name(std::size_t i) const { return names_[code_[i]]; }
  [[nodiscard]] std::uint64_t account_hash(std::size_t i) const { return account_hash_[i]; }
  [[nodiscard]] std::uint64_t unit_hash(std::size_t i) const { return hashes_.unit(code_[i]); }

 private:
  const book& source_;
  const name_hashes& hashes_;
  const unit_names& names_;
  std::uint32_t unit_[batch_lines];
  std::uint32_t account_id_[batch_lines];
  unit_code code_[batch_lines];
  std::string_view account_[batch_lines];
  std::uint64_t account_hash_[batch_lines];
};

/// Sum of `batch(first, count)` over batches of [0, lines), in parallel.
template <class Batch>
std::uint64_t sum_of_batches(std::size_t lines, const Batch& batch) {
  return sum_of_hashes((lines + batch_lines - 1) / batch_lines, 1, [&](std::size_t b) {
    return batch(b * batch_lines, std::min(batch_lines, lines - b * batch_lines));
  });
}

flagged_unit line_of(const book& source, const unit_record& one) {
  flagged_unit line;
  line.asset = source.asset_of(one.unit);
  line.state = one.outcome.state();
  line.equity = {one.equity};
  line.margin_equity = {one.margin_equity};
  line.maintenance = {static_cast<std::int64_t>(ceil_ppm(one.maintenance_ppm))};
  if (one.maintenance_ppm != 0) { line.health_ppm = health_factor_ppm(one.margin_equity, one.maintenance_ppm); }
  line.deficit = {deficit_of(one.equity)};
  return line;
}

/// Instruments with a demand, rising. `cover`: the fills in the order of `out.cover`.
void sum_demand(const book& source, std::span<const bankrupt_position> bankrupt, std::span<const cover_line> cover,
                std::vector<market_demand>& out) {
  out.assign(source.reference.instruments.size(), {});
  for (const bankrupt_position& one : bankrupt) {
    const std::uint32_t instrument = source.positions.instrument[one.position];
    const std::int64_t lots = source.positions.lots[one.position];
    market_demand& market = out[instrument];
    market.instrument = instrument;
    (lots > 0 ? market.demand_short : market.demand_long).raw += static_cast<std::int64_t>(magnitude(lots));
    market.deficit.raw += magnitude(one.allotted);
  }
  for (const cover_line& line : cover) {
    market_demand& market = out[line.instrument];
    (line.loser_side == position_side::long_side ? market.cover_short : market.cover_long).raw += line.lots.raw;
  }
  std::erase_if(out, [](const market_demand& one) { return one.instrument == no_id; });
}

}  // namespace

unit_names::unit_names(const book& source) {
  for (std::uint32_t a = 0; a < source.reference.assets.size(); ++a) {
    cross_.push_back(source.unit_name(unit_code::cross(a)));
  }
  for (std::uint32_t i = 0; i < source.reference.instruments.size(); ++i) {
    for (const position_side side : {position_side::long_side, position_side::short_side}) {
      isolated_.push_back(source.unit_name(unit_code::isolated(i, side)));
    }
  }
}

named_book::named_book(const book& source) : units(source) {
  reference.assets = source.reference.assets;
  reference.instruments = source.reference.instruments;
}

void write_findings(const live_book& source, const unit_names& names, const tick_findings& found, tick_result& out) {
  const book& columns = source.columns();
  const tick_judgement& judgement = found.judgement;
  out.units = columns.units.size() - source.vacant_units();
  std::copy(std::begin(judgement.counts), std::end(judgement.counts), std::begin(out.counts));
  out.counts[static_cast<int>(unit_state::healthy)] -= source.vacant_units();
  out.held = judgement.held;
  out.dust = found.dust.size();
  out.counts[static_cast<int>(unit_state::bankrupt)] -= out.dust;
  out.evaluated = judgement.evaluated;
  for (const unit_record& one : judgement.records) {
    out.totals[columns.asset_of(one.unit)].deficit.raw += deficit_of(one.equity);
  }

  const name_hashes& hashes = source.names();
  const auto unit_hash = [&](const named_units& who, std::size_t i, const unit_record& one) {
    return tick_unit_hash(who.account_hash(i), who.unit_hash(i), one.outcome.state(), one.equity);
  };
  out.flagged.resize(found.flagged.size());
  out.cover.resize(found.cover.size());
  out.tick_digest = judgement.call_hashes;
  out.tick_digest += sum_of_batches(found.flagged.size(), [&](std::size_t first, std::size_t count) {
    named_units who(columns, hashes, names);
    who.name(count, [&](std::size_t i) { return found.flagged[first + i].unit; });
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const unit_record& one = found.flagged[first + i];
      flagged_unit& line = out.flagged[first + i] = line_of(columns, one);
      line.account = who.account_name(i);
      line.unit = who.unit_name(i);
      sum += unit_hash(who, i, one);
    }
    return sum;
  });
  out.tick_digest += sum_of_batches(found.cover.size(), [&](std::size_t first, std::size_t count) {
    named_units losers(columns, hashes, names);
    named_units winners(columns, hashes, names);
    losers.name(count, [&](std::size_t i) { return columns.positions.unit[found.cover[first + i].loser]; });
    winners.name(count, [&](std::size_t i) { return columns.positions.unit[found.cover[first + i].winner]; });
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const cover_fill& fill = found.cover[first + i];
      const std::uint32_t instrument = columns.positions.instrument[fill.loser];
      out.cover[first + i] = {.instrument = instrument,
                              .loser_side = side_of({columns.positions.lots[fill.loser]}),
                              .loser = losers.account_name(i),
                              .loser_unit = losers.unit_name(i),
                              .winner = winners.account_name(i),
                              .winner_unit = winners.unit_name(i),
                              .lots = {fill.lots},
                              .price = fill.price,
                              .value = {static_cast<int128>(fill.value)}};
      sum += tick_fill_hash(hashes.instrument(instrument), losers.account_hash(i), losers.unit_hash(i),
                            winners.account_hash(i), winners.unit_hash(i), fill);
    }
    return sum;
  });
  // Units that owe dust and held units are in the digest, but are not liquidated.
  out.tick_digest += sum_of_batches(found.dust.size(), [&](std::size_t first, std::size_t count) {
    named_units who(columns, hashes, names);
    who.name(count, [&](std::size_t i) { return found.dust[first + i].unit; });
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < count; ++i) { sum += unit_hash(who, i, found.dust[first + i]); }
    return sum;
  });
  out.tick_digest +=
      sum_of_batches(judgement.held == 0 ? 0 : judgement.records.size(), [&](std::size_t first, std::size_t count) {
        named_units who(columns, hashes, names);
        who.name(count, [&](std::size_t i) { return judgement.records[first + i].unit; });
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < count; ++i) {
          const unit_record& one = judgement.records[first + i];
          sum += one.outcome.flagged() ? 0 : unit_hash(who, i, one);
        }
        return sum;
      });
  sum_demand(columns, found.bankrupt, out.cover, out.demand);
}

}  // namespace plimsoll
