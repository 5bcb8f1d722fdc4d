#include "tests/venue/small_book.hpp"

#include <gtest/gtest.h>

#include "host/venue/read_venue.hpp"

namespace plimsoll {

std::vector<tier_band> bands_of(const std::vector<small_band>& table) {
  std::vector<tier_band> bands;
  for (const small_band& one : table) {
    const uint128 amount = bands.empty() ? 0 : next_amount(bands.back(), one.floor, one.maintenance_ppm);
    bands.push_back({one.floor, one.maintenance_ppm, one.initial_ppm, amount});
  }
  return bands;
}

small_book::small_book(int digits, const std::string& venue_lines) {
  refusal_list refusals;
  const auto venue = read_venue("name = \"small\"\nquote = \"USD\"\n" + venue_lines, "venue.toml", refusals);
  EXPECT_TRUE(venue.has_value()) << refusals.to_error().message;
  reference_.venue = venue.value_or(venue_config{});
  asset money;
  money.name = "USD";
  money.digits = digits;
  reference_.assets = {money};
  reference_.quote = 0;
}

small_book& small_book::contract(const std::string& name, int lot_digits, int tick_digits, std::int64_t mark_ticks,
                                 const std::vector<small_band>& table, instrument_kind kind) {
  instrument it;
  it.name = name;
  it.kind = kind;
  it.base = 0;
  it.settle = 0;
  it.price_step = {1, tick_digits};
  it.size_step = {1, lot_digits};
  // A linear lot and tick are worth 10^(digits - lot - tick) steps; an inverse lot 10^(digits - lot + tick) over the
  // ticks.
  it.rate.inverse = kind == instrument_kind::inverse;
  const int power = reference_.assets[0].digits - lot_digits + (it.rate.inverse ? tick_digits : -tick_digits);
  it.rate.a = static_cast<std::uint64_t>(power_of_ten(std::max(0, power)));
  it.rate.b = static_cast<std::uint64_t>(power_of_ten(std::max(0, -power)));
  it.tier_table = static_cast<std::uint32_t>(reference_.tier_table_names.size());
  it.first_band = static_cast<std::uint32_t>(reference_.bands.size());
  it.band_count = static_cast<std::uint32_t>(table.size());
  reference_.tier_table_names.push_back(name);
  for (const tier_band& band : bands_of(table)) { reference_.bands.push_back(band); }
  reference_.instruments.push_back(it);
  marks_.push_back({mark_ticks, {}, {}, {}, {}});
  return *this;
}

small_book& small_book::balance(const std::string& account, std::int64_t steps) {
  balances_[account] += steps;
  return *this;
}

small_book& small_book::position(const std::string& account, const std::string& contract, std::int64_t lots,
                                 std::int64_t cost, double score) {
  balances_[account] += 0;
  for (std::size_t i = 0; i < reference_.instruments.size(); ++i) {
    if (reference_.instruments[i].name == contract) {
      positions_.push_back({account, static_cast<std::uint16_t>(i), lots, cost, score});
    }
  }
  return *this;
}

small_book& small_book::isolated(const std::string& account, const std::string& contract, std::int64_t lots,
                                 std::int64_t cost, std::int64_t margin) {
  position(account, contract, lots, cost);
  positions_.back().margin = margin;
  return *this;
}

book small_book::build() const {
  name_table accounts;
  balance_rows balances;
  for (const auto& [name, amount] : balances_) {
    balances.account.push_back(accounts.size());
    balances.asset.push_back(0);
    balances.amount.push_back(amount);
    accounts.append(name);
  }
  position_rows positions;
  for (const position_row& row : positions_) {
    positions.account.push_back(accounts.find(row.account));
    positions.instrument.push_back(row.contract);
    positions.lots.push_back(row.lots);
    positions.cost.push_back(row.cost);
    positions.isolated.push_back(row.margin ? 1 : 0);
    positions.isolated_margin.push_back(row.margin.value_or(0));
    if (reference_.venue.adl_score == score_kind::given) { positions.given.push_back(row.score); }
  }
  assemble_outcome built =
      assemble_book(reference_, std::move(accounts), std::move(balances), std::move(positions), marks_);
  EXPECT_TRUE(built.faults.empty());
  return std::move(built.built);
}

namespace {

class fixed_market final : public market {
 public:
  explicit fixed_market(std::int64_t price_ticks) : price_ticks_(price_ticks) {}
  void begin_tick(moment, std::span<const mark>) override {}
  void send(const market_order& order) override {
    const bool beyond = order.lots.raw > 0 ? price_ticks_ > order.limit.raw : price_ticks_ < order.limit.raw;
    if (price_ticks_ == 0 || beyond) {
      answers_.push_back({order.id, 1, answer_kind::rejected, {}, {}});
    } else {
      answers_.push_back({order.id, 1, answer_kind::fill, {std::abs(order.lots.raw)}, {price_ticks_}});
    }
  }
  void cancel(order_id) override {}
  void take_answers(std::vector<market_answer>& out) override {
    out.insert(out.end(), answers_.begin(), answers_.end());
    answers_.clear();
  }
  [[nodiscard]] std::int64_t pushed_ticks(std::uint32_t) const override { return 0; }

 private:
  std::int64_t price_ticks_;
  std::vector<market_answer> answers_;
};

}  // namespace

std::unique_ptr<market> make_fixed_market(std::int64_t price_ticks) {
  return std::make_unique<fixed_market>(price_ticks);
}

scan_result scan_for(const book& source) {
  static const std::unique_ptr<backend> machine = make_cpu_backend(1);
  refusal_list refusals;
  EXPECT_TRUE(machine->load(source).has_value());
  scan_options options;
  options.ladders = ladder_extent::demanded;
  auto scanned = scan_book(source, *machine, options, refusals);
  EXPECT_TRUE(scanned.has_value()) << refusals.to_error().message;
  return scanned ? std::move(scanned).value() : scan_result{};
}

executed execute_tick(book& target, std::unique_ptr<market> venue) {
  executed out;
  out.by = std::make_unique<waterfall_executor>(target, target.reference.venue.rules, std::move(venue));
  const ledger_sums before = out.by->books().sums();
  auto outcome = out.by->run(1, view_of(scan_for(target)));
  EXPECT_TRUE(outcome.has_value()) << (outcome ? "" : outcome.error().message);
  EXPECT_EQ(out.by->books().sums(), before);
  if (outcome) {
    out.outcome = std::move(outcome).value();
    for (const refused_answer& one : out.outcome.orders.refused) { ADD_FAILURE() << one.reason; }
  }
  return out;
}

std::uint32_t unit_of(const book& source, std::string_view account) {
  for (std::uint32_t unit = 0; unit < source.units.size(); ++unit) {
    if (source.accounts[source.units.account[unit]] == account && !source.units.code[unit].is_isolated()) {
      return unit;
    }
  }
  ADD_FAILURE() << "no unit of " << account;
  return 0;
}

std::uint32_t position_of(const book& source, std::string_view account, std::string_view contract) {
  const std::uint32_t unit = unit_of(source, account);
  for (std::uint32_t p = source.units.first_position[unit]; p < source.units.first_position[unit + 1]; ++p) {
    if (source.reference.instruments[source.positions.instrument[p]].name == contract) { return p; }
  }
  ADD_FAILURE() << "no position of " << account;
  return 0;
}

}  // namespace plimsoll
