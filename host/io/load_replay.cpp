#include "host/io/load_replay.hpp"

#include <limits>

#include "host/io/arrow_book.hpp"
#include "host/io/mark_row.hpp"
#include "host/io/names.hpp"
#include "host/io/side_words.hpp"
#include "host/io/stream_table.hpp"
#include "host/io/table_file.hpp"
#include "host/io/text_table.hpp"

namespace plimsoll {

namespace {

using namespace io;

/// Reads a table of a replay; returns the error of its refusals if it is not usable.
status open_input(const std::filesystem::path& path, table_id id, const book& source, refusal_list& refusals,
                  table_data& table) {
  auto opened = open_table_file(path, id, source.reference.venue.import, refusals, table);
  if (!opened) { return std::move(opened).error(); }
  if (opened.value() != table_state::usable) { return refusals.to_error(); }
  return ok();
}

/// A tick number: a whole number from 0.
std::optional<std::int64_t> read_tick(row_reader& row, int column) {
  if (row.text(column).find(':') != std::string_view::npos) {
    row.refuse(column, "looks like a time: number the ticks 1, 2, 3, and write the time in the column as_of of ticks");
    return std::nullopt;
  }
  const auto number = row.required_number(column);
  if (!number) { return std::nullopt; }
  const auto whole = to_units(*number, 0);
  if (!whole || *whole < 0 || *whole > std::numeric_limits<std::int64_t>::max()) {
    row.refuse(column, "is not a whole number from 0");
    return std::nullopt;
  }
  return static_cast<std::int64_t>(*whole);
}

/// Finds ids by the names of a book's instruments and assets.
class book_names {
 public:
  explicit book_names(const book& source) {
    std::vector<std::string_view> names;
    for (const plimsoll::instrument& it : source.reference.instruments) { names.push_back(it.name); }
    instruments_ = name_index(std::move(names));
    names.clear();
    for (const plimsoll::asset& it : source.reference.assets) { names.push_back(it.name); }
    assets_ = name_index(std::move(names));
  }
  std::uint32_t find_instrument(row_reader& row, int column) const {
    return find(row, column, instruments_, "is not an instrument of this book");
  }
  std::uint32_t find_asset(row_reader& row, int column) const {
    return find(row, column, assets_, "is not an asset of this book");
  }

 private:
  static std::uint32_t find(row_reader& row, int column, const name_index& index, const char* fault) {
    const auto name = row.name(column);
    if (!name) { return no_id; }
    const std::uint32_t id = index.find(*name);
    if (id == no_id) { row.refuse(column, fault + index.meant(*name)); }
    return id;
  }
  name_index instruments_;
  name_index assets_;
};

}  // namespace

result<std::vector<tick_marks>> load_ticks(const std::filesystem::path& path, const book& source,
                                           refusal_list& refusals) {
  table_data table;
  PLIMSOLL_TRY(open_input(path, table_id::ticks, source, refusals, table));
  const table_refuser refuse(refusals, table.file);
  const text_table texts(table);
  const book_names names(source);
  std::vector<tick_marks> ticks;
  std::vector<std::int64_t> last_tick(source.reference.instruments.size(), -1);
  zero_marks zeros;
  for (std::int64_t at = 0; at < texts.rows(); ++at) {
    row_reader row(texts, refuse, at);
    const auto tick = read_tick(row, tick_column::tick);
    const std::uint32_t id = names.find_instrument(row, mark_column::instrument);
    const auto price = row.required_number(mark_column::mark);
    mark next;
    read_mark_extras(row, next);
    if (!tick) { continue; }
    if (!ticks.empty() && *tick < ticks.back().tick) {
      row.refuse(tick_column::tick, "is below the tick of the row before, " + std::to_string(ticks.back().tick));
      continue;
    }
    if (ticks.empty() || *tick != ticks.back().tick) { ticks.push_back({*tick, {}, {}}); }
    if (id == no_id || !price) { continue; }
    if (last_tick[id] == *tick) { row.refuse(mark_column::instrument, "is listed twice in this tick"); }
    last_tick[id] = *tick;
    read_mark_ticks(row, source.reference.instruments[id], *price, next);
    zeros.count(row, source.reference.instruments[id], next);
    ticks.back().changed.emplace_back(id, next);
    ticks.back().rows.push_back(table_refuser::row_in_file(at));
  }
  texts.note_roundings(refuse);
  zeros.note(refuse);
  if (texts.rows() == 0) { refuse.note("has no rows, so the book does not change"); }
  if (!refusals.empty()) { return refusals.to_error(); }
  return ticks;
}

namespace {

/// The cells that the kinds of updates need. Any other cell of a row is refused, because it would be ignored.
struct update_needs {
  bool account, instrument, asset, size, price, amount, to, rate;
};
constexpr update_needs needs_of[] = {
    {true, true, false, true, true, false, false, false},     // fill (fee and to are optional)
    {false, true, false, false, false, false, false, true},   // funding
    {true, false, true, false, false, true, false, false},    // fee
    {true, false, true, false, false, true, false, false},    // deposit
    {true, false, true, false, false, true, false, false},    // withdraw
    {true, false, true, false, false, true, true, false},     // transfer
    {true, true, false, false, false, true, false, false},    // margin (size may pick the side)
    {false, true, false, false, true, false, false, false},   // settle
    {false, true, false, false, false, false, false, false},  // list
    {false, true, false, false, false, false, false, false},  // delist
};

class update_reader {
 public:
  update_reader(row_reader& row, const book& source, const book_names& names)
      : row_(row), source_(source), names_(names) {}

  update read() {
    update out;
    out.row = table_refuser::row_in_file(row_.row());
    out.tick = read_tick(row_, update_column::tick).value_or(0);
    const std::string_view word = row_.text(update_column::kind);
    bool known = false;
    for (int kind = 0; kind <= static_cast<int>(update_kind::delist) && !known; ++kind) {
      out.kind = static_cast<update_kind>(kind);
      known = word == to_string(out.kind);
    }
    if (!known) {
      row_.refuse(
          update_column::kind,
          "must be fill, funding, fee, deposit, withdraw, transfer, margin, settle, list or delist, in lower case");
      return out;
    }
    read_cells(out, needs_of[static_cast<int>(out.kind)]);
    return out;
  }

 private:
  /// Checks whether the cell is required, optional or must be blank. True: read it.
  bool wanted(int column, bool needed, bool allowed = false) {
    const bool there = !row_.text(column).empty();
    if (needed && !there) { row_.refuse(column, "is blank"); }
    if (!needed && !allowed && there) { row_.refuse(column, "has no meaning for this kind"); }
    return there && (needed || allowed);
  }

  void read_cells(update& out, const update_needs& needs) {
    const bool fill = out.kind == update_kind::fill;
    if (wanted(update_column::account, needs.account)) { out.account = read_account(update_column::account); }
    if (wanted(update_column::to, needs.to, fill)) { out.to = read_account(update_column::to); }
    if (!out.to.empty() && out.to == out.account) { row_.refuse(update_column::to, "is the same account"); }
    if (wanted(update_column::instrument, needs.instrument)) {
      out.instrument = names_.find_instrument(row_, update_column::instrument);
    }
    if (wanted(update_column::asset, needs.asset)) { out.asset = names_.find_asset(row_, update_column::asset); }
    if (out.instrument != no_id && source_.reference.instruments[out.instrument].kind == instrument_kind::spot) {
      row_.refuse(update_column::instrument, "is a spot instrument, which no account holds");
      return;
    }
    if (wanted(update_column::size, needs.size, out.kind == update_kind::margin)) { read_size(out); }
    if (wanted(update_column::side, false, fill || out.kind == update_kind::margin)) { read_side(out); }
    if (wanted(update_column::margin_mode, false, fill)) {
      out.mode = mode_of_word(row_.text(update_column::margin_mode));
      if (!out.mode) { row_.refuse(update_column::margin_mode, no_mode); }
    }
    if (wanted(update_column::price, needs.price)) {
      out.price = row_.required_number(update_column::price).value_or(decimal{1, 0});
      const char* const fault = out.instrument == no_id
                                    ? nullptr
                                    : fault_of_sign(source_.reference.instruments[out.instrument], out.price.mantissa);
      if (fault != nullptr) { row_.refuse(update_column::price, fault); }
    }
    if (wanted(update_column::rate, needs.rate)) { out.rate = read_rate(); }
    const std::uint32_t money_of =
        out.instrument != no_id ? source_.reference.instruments[out.instrument].settle : out.asset;
    if (wanted(update_column::amount, needs.amount)) {
      out.amount = read_money(update_column::amount, money_of, out.kind == update_kind::margin);
    }
    if (wanted(update_column::fee, false, fill)) { out.fee = read_money(update_column::fee, money_of, true); }
  }

  decimal read_rate() { return row_.required_number(update_column::rate).value_or(decimal{}); }

  std::string read_account(int column) {
    const std::string_view name = row_.name(column).value_or("");
    if (is_system_account(name)) { row_.refuse(column, "is a system account"); }
    return std::string(name);
  }

  void read_size(update& out) {
    const auto size = row_.required_number(update_column::size);
    if (!size || out.instrument == no_id) { return; }
    if (size->mantissa == 0) { return row_.refuse(update_column::size, "is zero: leave the row out"); }
    const decimal& step = source_.reference.instruments[out.instrument].size_step;
    const auto lots = to_steps(row_.rounded(update_column::size, *size, step), step);
    if (!lots || *lots == 0 || *lots > limits::size_lots_max || *lots < -limits::size_lots_max) {
      row_.refuse(update_column::size, "is not a multiple of the size step " + format_decimal(step) +
                                           " other than 0, of at most 2^61 lots; " + way_to_round(step));
      return;
    }
    out.lots = {*lots};
  }

  /// Side of a fill, or of the isolated position of a `margin` update, which the sign of its size may give as well.
  void read_side(update& out) {
    const auto side = side_of_word(row_.text(update_column::side));
    if (!side) { return row_.refuse(update_column::side, no_side_of_fill); }
    if (out.kind == update_kind::fill) {
      out.side = side;
    } else if (out.lots.raw != 0 && side_of(out.lots) != *side) {
      row_.refuse(update_column::side, "contradicts the sign of size, which picks the isolated position as well");
    } else {
      out.lots = {*side == position_side::long_side ? 1 : -1};
    }
  }

  money_steps read_money(int column, std::uint32_t asset_id, bool may_be_negative) {
    const auto amount = row_.required_number(column);
    if (!amount || asset_id == no_id) { return {}; }
    const asset& it = source_.reference.assets[asset_id];
    const auto steps = to_units(row_.rounded(column, *amount, {1, it.digits}), it.digits);
    if (!steps || !money_fits(*steps)) {
      row_.refuse(column, fault_of_money(*amount, it.digits, it.name));
      return {};
    }
    if (*steps < 0 && !may_be_negative) { row_.refuse(column, "must not be below zero"); }
    return {static_cast<std::int64_t>(*steps)};
  }

  row_reader& row_;
  const book& source_;
  const book_names& names_;
};

/// A rate is a fraction of the value. A rate beyond 1 would pay more than the value at once, so a percentage or basis
/// points may be meant.
void note_large_rates(const std::vector<update>& updates, const table_refuser& refuse) {
  std::uint64_t count = 0;
  std::int64_t first = 0;
  for (const update& one : updates) {
    const int128 whole = power_of_ten(one.rate.scale);
    if (one.rate.mantissa <= whole && one.rate.mantissa >= -whole) { continue; }
    if (count++ == 0) { first = one.row; }
  }
  if (count == 0) { return; }
  refuse.note(std::to_string(count) + (count == 1 ? " rate is" : " rates are") +
                  " beyond 1, more than the whole value in one payment, the first in row " + std::to_string(first) +
                  "; 0.01 % is written 0.0001",
              count);
}

}  // namespace

namespace {

result<std::vector<update>> updates_of(const table_data& table, const book& source, refusal_list& refusals) {
  const table_refuser refuse(refusals, table.file);
  const text_table texts(table);
  const book_names names(source);
  std::vector<update> updates;
  for (std::int64_t at = 0; at < texts.rows(); ++at) {
    row_reader row(texts, refuse, at);
    update one = update_reader(row, source, names).read();
    if (!updates.empty() && one.tick < updates.back().tick) {
      row.refuse(update_column::tick, "is below the tick of the row before, " + std::to_string(updates.back().tick));
    }
    updates.push_back(std::move(one));
  }
  texts.note_roundings(refuse);
  note_large_rates(updates, refuse);
  if (texts.rows() == 0) { refuse.note("has no rows, so there are no updates"); }
  if (!refusals.empty()) { return refusals.to_error(); }
  return updates;
}

/// Reads the table of a stream; returns the error of its refusals if it is not usable.
status open_input(ArrowArrayStream& stream, table_id id, const book& source, refusal_list& refusals,
                  table_data& table) {
  auto opened = open_stream(stream, id, source.reference.venue.import, refusals, table);
  if (!opened) { return std::move(opened).error(); }
  if (opened.value() != table_state::usable) { return refusals.to_error(); }
  return ok();
}

/// Columns that a file of marks may have and a tick does not accept.
constexpr int extras[] = {mark_column::index, mark_column::forward, mark_column::volatility};

}  // namespace

result<std::vector<update>> load_updates(const std::filesystem::path& path, const book& source,
                                         refusal_list& refusals) {
  table_data table;
  PLIMSOLL_TRY(open_input(path, table_id::updates, source, refusals, table));
  return updates_of(table, source, refusals);
}

result<std::vector<update>> read_updates(ArrowArrayStream& stream, const book& source, refusal_list& refusals) {
  table_data table;
  PLIMSOLL_TRY(open_input(stream, table_id::updates, source, refusals, table));
  return updates_of(table, source, refusals);
}

result<std::vector<mark_update>> read_marks(ArrowArrayStream& stream, const book& source, refusal_list& refusals) {
  table_data table;
  PLIMSOLL_TRY(open_input(stream, table_id::marks, source, refusals, table));
  const table_refuser refuse(refusals, table.file);
  const text_table texts(table);
  const book_names names(source);
  std::vector<mark_update> out;
  std::vector<bool> seen(source.reference.instruments.size(), false);
  for (std::int64_t at = 0; at < texts.rows(); ++at) {
    row_reader row(texts, refuse, at);
    const std::uint32_t id = names.find_instrument(row, mark_column::instrument);
    const auto price = row.required_number(mark_column::mark);
    mark next;
    read_mark_extras(row, next);
    for (const int extra : extras) {
      if (!row.text(extra).empty()) { row.refuse(extra, "has no meaning in a tick"); }
    }
    if (id == no_id || !price) { continue; }
    if (seen[id]) { row.refuse(mark_column::instrument, "is listed twice in this tick"); }
    seen[id] = true;
    read_mark_ticks(row, source.reference.instruments[id], *price, next);
    out.push_back({id, {next.ticks}, next.as_of_ns});
  }
  texts.note_roundings(refuse);
  if (!refusals.empty()) { return refusals.to_error(); }
  return out;
}

result<beta_list> load_betas(const std::filesystem::path& path, const book& source, refusal_list& refusals) {
  table_data table;
  PLIMSOLL_TRY(open_input(path, table_id::betas, source, refusals, table));
  const table_refuser refuse(refusals, table.file);
  const text_table texts(table);
  const book_names names(source);
  beta_list betas(source.reference.instruments.size());
  for (std::int64_t at = 0; at < texts.rows(); ++at) {
    row_reader row(texts, refuse, at);
    const std::uint32_t id = names.find_instrument(row, beta_column::instrument);
    const auto beta = row.required_number(beta_column::beta);
    if (id == no_id || !beta) { continue; }
    if (betas[id]) { row.refuse(beta_column::instrument, "is listed twice"); }
    const auto millionths = to_units(row.rounded(beta_column::beta, *beta, {1, 6}), 6);
    if (!millionths || *millionths > beta_millionths_max || *millionths < -beta_millionths_max) {
      row.refuse(beta_column::beta, "must be from -1000000 to 1000000, with at most six decimals");
      continue;
    }
    betas[id] = static_cast<std::int64_t>(*millionths);
  }
  texts.note_roundings(refuse);
  if (texts.rows() == 0) { refuse.note("has no rows, so every beta is 1"); }
  if (!refusals.empty()) { return refusals.to_error(); }
  return betas;
}

}  // namespace plimsoll
