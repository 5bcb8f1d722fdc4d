// The table `positions`.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <mutex>
#include <utility>

#include <oneapi/tbb/parallel_for.h>

#include "host/io/cost.hpp"
#include "host/io/load_rows.hpp"
#include "host/io/side_words.hpp"
#include "host/io/steps.hpp"
#include "host/text/number_fault.hpp"
#include "host/text/score_text.hpp"

namespace plimsoll::io {

namespace {

/// Converts sizes of an instrument to lots: mantissa x 10^(step digits - scale) / step mantissa.
struct lot_rule {
  std::int64_t step_mantissa = 0;  ///< 0: too wide for the fast path.
  int step_scale = 0;

  explicit lot_rule(const decimal& step) : step_scale(step.scale) {
    if (step.mantissa == static_cast<std::int64_t>(step.mantissa)) {
      step_mantissa = static_cast<std::int64_t>(step.mantissa);
    }
  }
  /// False if the slow path must decide.
  bool count(std::int64_t mantissa, int scale, std::int64_t& lots) const {
    if (step_mantissa == 0 || !scale_to_steps(mantissa, scale, step_scale, lots)) { return false; }
    if (step_mantissa == 1) { return true; }
    if (lots % step_mantissa != 0) { return false; }
    lots /= step_mantissa;
    return true;
  }
};

/// True if any cell of a column is not blank.
bool has_any_cell(const arrow::Array& column) {
  const text_cells texts(column);
  for (std::int64_t row = 0; row < column.length(); ++row) {
    if (!texts[row].empty()) { return true; }
  }
  return false;
}

/// First pass over positions: one object for all batches, `read` from any thread.
class position_reader {
 public:
  position_reader(const table_data& table, const reference_tables& reference, refusal_list& refusals, loading_rows& out)
      : table_(table),
        reference_(reference),
        refuse_(refusals, table.file),
        out_(out),
        unmarked_(reference.instruments.size()) {
    for (const instrument_entry& entry : reference.instruments) { lot_rules_.emplace_back(entry.it.size_step); }
    for (auto& row : unmarked_) { row.store(table.rows, std::memory_order_relaxed); }
    given_ = reference.venue && reads(reference.venue->adl_score, score_reads::given);
    if (given_ && !table.has(position_column::adl_score)) {
      refuse_.column("adl_score", "", "is missing: [adl] score is \"given\"");
      given_ = false;
    }
    const auto rows = static_cast<std::size_t>(table.rows);
    out.positions.instrument.resize(rows);
    out.positions.lots.resize(rows);
    if (given_) { out.positions.given.resize(rows); }
    out.numbers.resize(table.batches.size());
  }

  void read(std::size_t batch) {
    const std::int64_t begin = table_.first_row[batch];
    const std::int64_t rows = table_.batches[batch]->num_rows();
    resolve_names(text_cells(*table_.column(batch, position_column::instrument)), rows, reference_.instrument_ids,
                  out_.positions.instrument.data() + begin, [&](std::int64_t row, std::string_view name) {
                    const char* fault = fault_of_name(name);
                    if (fault != nullptr || reference_.instruments_known) {
                      refuse_.cell(begin + row, "instrument", name,
                                   fault != nullptr ? fault
                                                    : "is not in " + reference_.instruments_file +
                                                          reference_.instrument_ids.meant(name));
                    }
                  });
    const number_cells sizes = numbers(batch, position_column::size);
    position_numbers& of = out_.numbers[batch];
    of.entry_price = numbers(batch, position_column::entry_price);
    of.entry_value = numbers(batch, position_column::entry_value);
    of.isolated_margin = numbers(batch, position_column::isolated_margin);
    const std::vector<std::optional<position_side>> sides =
        words<position_side>(batch, position_column::side, side_of_word, no_side);
    of.mode = words<margin_mode>(batch, position_column::margin_mode, mode_of_word, no_mode);
    for (std::int64_t row = 0; row < rows; ++row) {
      check_instrument(begin + row);
      read_size(batch, row, sizes);
      if (!sides.empty()) { take_side(begin + row, sizes, row, sides[static_cast<std::size_t>(row)]); }
      check_entry(begin + row, row, of);
    }
    note_digits(begin, rows, of);
    if (given_) {
      read_scores(batch);
    } else if (table_.has(position_column::adl_score) && !scores_seen_.load(std::memory_order_relaxed) &&
               has_any_cell(*table_.column(batch, position_column::adl_score))) {
      scores_seen_.store(true, std::memory_order_relaxed);
    }
  }

  void note_unused_scores() const {
    if (!scores_seen_.load(std::memory_order_relaxed) || !reference_.venue) { return; }
    refuse_.note(std::string("column adl_score is not used, because [adl] score is \"") +
                 to_string(reference_.venue->adl_score) + "\", not \"given\"");
  }
  void note_roundings() const { sizes_rounded_.note(refuse_, "size", table_.import.round); }

  /// Refuses, once per instrument, instruments that have positions but no mark.
  void refuse_unmarked() const {
    if (!reference_.marks_known) { return; }
    for (std::size_t id = 0; id < unmarked_.size(); ++id) {
      const std::int64_t row = unmarked_[id].load(std::memory_order_relaxed);
      if (row < table_.rows) {
        refuse_.cell(row, "instrument", reference_.instruments[id].it.name,
                     "has no mark in " + reference_.marks_file + " (first of its positions)");
      }
    }
  }

 private:
  number_cells numbers(std::size_t batch, int column) const {
    const arrow::Array* array = table_.column(batch, column);
    if (array == nullptr) { return {}; }
    std::vector<number_fault> faults;
    const known_column& known = schema_of(table_.id).columns[static_cast<std::size_t>(column)];
    number_cells cells = read_numbers(*array, faults, number_form_of(known, table_.import.round));
    for (const number_fault& one : faults) {
      const std::string text = cell_text(array, one.row);
      refuse_.cell(table_.first_row[batch] + one.row, known.name, text, fault_of_number(one.fault, text, rounds::yes));
    }
    return cells;
  }

  /// The words of an optional column by row, nothing for a blank cell; empty if there is no such column.
  template <class Word>
  std::vector<std::optional<Word>> words(std::size_t batch, int column,
                                         std::optional<Word> (*word_of)(std::string_view), const char* fault) const {
    std::vector<std::optional<Word>> out;
    const arrow::Array* array = table_.column(batch, column);
    if (array == nullptr) { return out; }
    const text_cells texts(*array);
    out.resize(static_cast<std::size_t>(array->length()));
    for (std::int64_t row = 0; row < array->length(); ++row) {
      const std::string_view text = texts[row];
      if (text.empty()) { continue; }
      std::optional<Word>& word = out[static_cast<std::size_t>(row)] = word_of(text);
      if (!word) {
        refuse_.cell(table_.first_row[batch] + row, schema_of(table_.id).columns[static_cast<std::size_t>(column)].name,
                     text, fault);
      }
    }
    return out;
  }

  /// If a side is given, `size` is a magnitude, or has the sign of that side.
  void take_side(std::int64_t at, const number_cells& sizes, std::int64_t row, std::optional<position_side> side) {
    std::int64_t& lots = out_.positions.lots[static_cast<std::size_t>(at)];
    if (!side || lots == 0) { return; }
    const bool is_short = *side == position_side::short_side;
    if (lots < 0 && !is_short) {
      refuse_.cell(at, "side", to_string(*side), "contradicts the sign of size, " + format_decimal(sizes.at(row)));
    } else if (lots > 0 && is_short) {
      lots = -lots;
    }
  }

  void check_instrument(std::int64_t at) {
    const std::uint16_t id = out_.positions.instrument[static_cast<std::size_t>(at)];
    if (id == loading_rows::no_short_id) { return; }
    const instrument& it = reference_.instruments[id].it;
    if (it.kind == instrument_kind::spot) {
      refuse_.cell(at, "instrument", it.name, "is a spot instrument, which has no positions");
      return;
    }
    if (reference_.multi() && it.settle != no_id && reference_.quote() != no_id && it.settle != quote_) {
      refuse_.cell(at, "instrument", it.name,
                   "settles in " + reference_.assets[it.settle].it.name +
                       "; with collateral = \"multi\" positions settle in the quote, " + reference_.venue->quote);
    }
    if (reference_.mark_states[id] == mark_state::absent) {
      std::int64_t known = unmarked_[id].load(std::memory_order_relaxed);
      while (at < known && !unmarked_[id].compare_exchange_weak(known, at, std::memory_order_relaxed)) {}
    }
  }

  void read_size(std::size_t batch, std::int64_t row, const number_cells& sizes) {
    const std::int64_t at = table_.first_row[batch] + row;
    if (sizes.is_blank(row)) { return refuse_.cell(at, "size", "", "is blank"); }
    if (sizes.is_bad(row)) { return; }
    const auto i = static_cast<std::size_t>(row);
    if (sizes.is_short(row) && sizes.mantissa[i] == 0) {
      return refuse_.cell(at, "size", size_text(batch, row),
                          "is zero: leave the rows of closed positions out, as plimsoll import does with drop_zero");
    }
    const std::uint16_t id = out_.positions.instrument[static_cast<std::size_t>(at)];
    if (id == loading_rows::no_short_id || !reference_.instruments[id].usable) { return; }
    std::int64_t& lots = out_.positions.lots[static_cast<std::size_t>(at)];
    if (sizes.is_short(row) && lot_rules_[id].count(sizes.mantissa[i], sizes.scale[i], lots) &&
        lots <= limits::size_lots_max && lots >= -limits::size_lots_max) {
      return;
    }
    lots = 0;
    read_odd_size(batch, row, sizes.at(row), reference_.instruments[id].it, lots);
  }

  /// Handles a size that is not a whole number of lots: rounds it if that was requested, and else refuses it.
  void read_odd_size(std::size_t batch, std::int64_t row, const decimal& size, const instrument& it,
                     std::int64_t& lots) {
    constexpr int headroom = 1000;  // A side's sum must fit as well.
    const std::int64_t at = table_.first_row[batch] + row;
    const decimal taken = sizes_rounded_.round(size, it.size_step, table_.import.round, at).value_or(size);
    const step_count exact = count_steps(taken, it.size_step);
    const step_count whole =
        count_steps(round_to_step(size, it.size_step, rounding::down).value_or(size), it.size_step);
    const std::string step = format_decimal(it.size_step) + " of " + it.name;
    const auto fits = [](int128 count) { return count <= limits::size_lots_max && count >= -limits::size_lots_max; };
    if (whole.what != step_count::fault::none || !fits(whole.count)) {
      refuse_.cell(at, "size", size_text(batch, row),
                   "is more than 2^61 size steps of " + step +
                       coarser_step(fitting_step(size, limits::size_lots_max, headroom, -12), "size_step", it.name));
    } else if (exact.what == step_count::fault::off) {
      refuse_.cell(at, "size", size_text(batch, row),
                   "is not a multiple of the size step " + step + "; " + way_to_round(it.size_step));
    } else if (exact.count == 0) {
      refuse_.cell(at, "size", size_text(batch, row), "rounds to zero size steps of " + step + "; remove the row");
    } else {
      lots = static_cast<std::int64_t>(exact.count);
    }
  }
  std::string size_text(std::size_t batch, std::int64_t row) const {
    return cell_text(table_.column(batch, position_column::size), row);
  }

  void check_entry(std::int64_t at, std::int64_t row, const position_numbers& of) {
    const bool has_price = !of.entry_price.is_blank(row);
    const bool has_value = !of.entry_value.is_blank(row);
    if (has_price == has_value) {
      refuse_.cell(at, "entry_price", "",
                   has_price ? "is given, and so is entry_value; give only one of them"
                             : "is blank, and so is entry_value; give one of them");
    } else if (has_price && !of.entry_price.is_bad(row)) {
      const bool positive = of.entry_price.is_short(row) ? of.entry_price.mantissa[static_cast<std::size_t>(row)] > 0
                                                         : of.entry_price.at(row).mantissa > 0;
      if (!positive) { check_sign(at, of.entry_price.at(row)); }
    }
  }

  void check_sign(std::int64_t at, const decimal& price) {
    const std::uint16_t id = out_.positions.instrument[static_cast<std::size_t>(at)];
    if (id == loading_rows::no_short_id) { return; }
    if (const char* fault = fault_of_sign(reference_.instruments[id].it, price.mantissa)) {
      refuse_.cell(at, "entry_price", format_decimal(price), fault);
    }
  }

  /// Decimals of amounts of money, for assets whose step is blank.
  void note_digits(std::int64_t begin, std::int64_t rows, const position_numbers& of) {
    std::vector<std::uint8_t> seen(out_.digits_seen.size(), 8);
    for (const number_cells* cells : {&of.entry_value, &of.isolated_margin}) {
      if (cells->empty()) { continue; }
      for (std::int64_t row = 0; row < rows; ++row) {
        const auto i = static_cast<std::size_t>(row);
        if (cells->scale[i] <= 8 || cells->is_blank(row) || cells->is_bad(row)) { continue; }
        const std::uint16_t id = out_.positions.instrument[static_cast<std::size_t>(begin) + i];
        if (id == loading_rows::no_short_id || reference_.instruments[id].it.settle == no_id) { continue; }
        std::uint8_t& digits = seen[reference_.instruments[id].it.settle];
        if (!cells->is_short(row)) {
          digits = std::max(digits, static_cast<std::uint8_t>(cells->at(row).scale));
        } else if (cells->scale[i] > digits) {
          digits = static_cast<std::uint8_t>(decimals_seen(cells->mantissa[i], cells->scale[i], digits));
        }
      }
    }
    const std::lock_guard lock(merging_);
    for (std::size_t id = 0; id < seen.size(); ++id) {
      out_.digits_seen[id] = std::max(out_.digits_seen[id], seen[id]);
    }
  }

  void read_scores(std::size_t batch) {
    const std::int64_t begin = table_.first_row[batch];
    const arrow::Array& array = *table_.column(batch, position_column::adl_score);
    double* const given = out_.positions.given.data() + begin;
    if (array.type_id() == arrow::Type::DOUBLE) {
      const auto& doubles = static_cast<const arrow::DoubleArray&>(array);
      for (std::int64_t row = 0; row < array.length(); ++row) {
        const double score = doubles.IsNull(row) ? 0 : doubles.Value(row);
        given[row] = score == 0 ? 0.0 : score;
        if (doubles.IsNull(row)) {
          refuse_.cell(begin + row, "adl_score", "", blank_score);
        } else if (!std::isfinite(score)) {
          refuse_.cell(begin + row, "adl_score", score_text(score), "is not finite");
        }
      }
      return;
    }
    const text_cells texts(array);
    for (std::int64_t row = 0; row < array.length(); ++row) {
      if (texts[row].empty()) {
        refuse_.cell(begin + row, "adl_score", "", blank_score);
        continue;
      }
      const parsed_score score = parse_score(texts[row]);
      given[row] = score.value;
      if (score.fault != nullptr) { refuse_.cell(begin + row, "adl_score", texts[row], score.fault); }
    }
  }

  static constexpr char blank_score[] = "is blank, but [adl] score is \"given\"";

  const table_data& table_;
  const reference_tables& reference_;
  table_refuser refuse_;
  loading_rows& out_;
  std::uint32_t quote_ = reference_.quote();
  bool given_ = false;
  std::atomic<bool> scores_seen_{false};  ///< A score was seen in a column that is not used.
  std::vector<lot_rule> lot_rules_;
  rounding_tally sizes_rounded_;
  std::vector<std::atomic<std::int64_t>> unmarked_;  ///< First row of an instrument without a mark.
  std::mutex merging_;
};

/// Second pass: costs and isolated margins of one batch.
class position_settler {
 public:
  position_settler(const table_data& table, const reference_tables& reference, refusal_list& refusals,
                   loading_rows& out)
      : table_(table), reference_(reference), refuse_(refusals, table.file), out_(out) {
    for (const instrument_entry& entry : reference.instruments) {
      const bool priced =
          entry.usable && entry.it.kind != instrument_kind::spot && reference.assets[entry.it.settle].usable;
      rules_.push_back(priced ? cost_rule(entry.it) : cost_rule());
      priced_.push_back(priced ? 1 : 0);
    }
    const auto rows = static_cast<std::size_t>(table.rows);
    out.positions.account.resize(rows);
    out.positions.cost.resize(rows);
    out.positions.isolated_margin.resize(rows);
    out.positions.isolated.resize(rows);
  }

  void note_roundings() const {
    costs_rounded_.note(refuse_, "entry_value", table_.import.round);
    margins_rounded_.note(refuse_, "isolated_margin", table_.import.round);
  }

  void settle(std::size_t batch) {
    const std::int64_t begin = table_.first_row[batch];
    const auto ids = out_.accounts.ids(out_.position_block + batch);
    std::copy(ids.begin(), ids.end(), out_.positions.account.begin() + begin);
    const position_numbers& of = out_.numbers[batch];
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const auto row = static_cast<std::int64_t>(i);
      const std::size_t at = static_cast<std::size_t>(begin) + i;
      const std::uint16_t id = out_.positions.instrument[at];
      if (id == loading_rows::no_short_id || priced_[id] == 0) { continue; }
      const instrument& it = reference_.instruments[id].it;
      const asset& settle = reference_.assets[it.settle].it;
      if (is_isolated(of, row, begin)) {
        out_.positions.isolated[at] = 1;
        if (!of.isolated_margin.is_blank(row)) {
          money(of.isolated_margin, row, begin, margins_rounded_, "isolated_margin", settle,
                out_.positions.isolated_margin[at]);
        }
        if (out_.positions.isolated_margin[at] == 0) { without_margin_.count(begin + row); }
      }
      if (!of.entry_value.is_blank(row)) {
        money(of.entry_value, row, begin, costs_rounded_, "entry_value", settle, out_.positions.cost[at]);
        const std::int64_t cost_of_long = it.rate.inverse ? -out_.positions.cost[at] : out_.positions.cost[at];
        if (cost_of_long != 0 && !it.rate.below_zero && (cost_of_long > 0) != (out_.positions.lots[at] > 0)) {
          other_sign_.count(begin + row);
        }
      } else if (!of.entry_price.is_blank(row) && !of.entry_price.is_bad(row) && out_.positions.lots[at] != 0) {
        cost(of.entry_price, row, begin, id, settle);
      }
    }
    out_.numbers[batch] = {};
  }

  /// Notes that are not faults, but may be mistakes.
  void note() const {
    if (const std::int64_t rows = without_margin_.rows(); rows != 0) {
      refuse_.note(count_text(rows, " position is", " positions are") + " isolated with margin 0, the first in row " +
                       std::to_string(table_refuser::row_in_file(without_margin_.first())) +
                       (table_.has(position_column::margin_mode)
                            ? ""
                            : ": a present isolated_margin means isolated; a column margin_mode says which are cross"),
                   static_cast<std::uint64_t>(rows));
    }
    if (const std::int64_t rows = other_sign_.rows(); rows != 0) {
      refuse_.note("entry_value of " + count_text(rows, " position has", " positions have") +
                       " the sign of the other side, the first in row " +
                       std::to_string(table_refuser::row_in_file(other_sign_.first())) +
                       "; it is used as it is, but the cost of a short is below zero, and that of a long in inverse "
                       "contracts",
                   static_cast<std::uint64_t>(rows));
    }
    if (const std::int64_t rows = free_of_cost_.rows(); rows != 0) {
      refuse_.note("entry_price of " + count_text(rows, " position is", " positions are") + " 0, the first in row " +
                       std::to_string(table_refuser::row_in_file(free_of_cost_.first())) +
                       ": the whole value counts as profit; a price that is not known is not 0",
                   static_cast<std::uint64_t>(rows));
    }
  }

 private:
  /// Counts the rows in which something was seen, from any thread.
  class seen_rows {
   public:
    void count(std::int64_t row) {
      rows_.fetch_add(1, std::memory_order_relaxed);
      std::int64_t known = first_.load(std::memory_order_relaxed);
      while (row < known && !first_.compare_exchange_weak(known, row, std::memory_order_relaxed)) {}
    }
    [[nodiscard]] std::int64_t rows() const { return rows_.load(std::memory_order_relaxed); }
    [[nodiscard]] std::int64_t first() const { return first_.load(std::memory_order_relaxed); }

   private:
    std::atomic<std::int64_t> rows_{0};
    std::atomic<std::int64_t> first_{std::numeric_limits<std::int64_t>::max()};
  };
  static std::string count_text(std::int64_t rows, const char* one, const char* more) {
    return std::to_string(rows) + (rows == 1 ? one : more);
  }

  /// Isolated by `margin_mode`; without that column, a position with an isolated margin is isolated.
  bool is_isolated(const position_numbers& of, std::int64_t row, std::int64_t begin) const {
    const bool has_margin = !of.isolated_margin.is_blank(row);
    const std::optional<margin_mode> mode = of.mode.empty() ? std::nullopt : of.mode[static_cast<std::size_t>(row)];
    if (!mode) { return has_margin; }
    if (*mode == margin_mode::isolated) { return true; }
    if (has_margin && !of.isolated_margin.is_bad(row) && of.isolated_margin.at(row).mantissa != 0) {
      refuse_.cell(begin + row, "isolated_margin", format_decimal(of.isolated_margin.at(row)),
                   "is given, but margin_mode is cross; leave it blank, or write 0");
    }
    return false;
  }

  void money(const number_cells& cells, std::int64_t row, std::int64_t begin, rounding_tally& tally, const char* column,
             const asset& it, std::int64_t& out) {
    if (cells.is_bad(row)) { return; }
    const auto i = static_cast<std::size_t>(row);
    std::int64_t steps = 0;
    if (cells.is_short(row) && scale_to_steps(cells.mantissa[i], cells.scale[i], it.digits, steps) &&
        money_fits(steps)) {
      out = steps;
      return;
    }
    const decimal amount = cells.at(row);
    const auto exact =
        to_units(tally.round(amount, {1, it.digits}, table_.import.round, begin + row).value_or(amount), it.digits);
    if (exact && money_fits(*exact)) {
      out = static_cast<std::int64_t>(*exact);
    } else {
      refuse_.cell(begin + row, column, format_decimal(amount), fault_of_money(amount, it.digits, it.name));
    }
  }

  void cost(const number_cells& prices, std::int64_t row, std::int64_t begin, std::uint16_t id, const asset& settle) {
    const auto i = static_cast<std::size_t>(row);
    const std::size_t at = static_cast<std::size_t>(begin) + i;
    const std::int64_t lots = out_.positions.lots[at];
    const int128 price = prices.is_short(row) ? prices.mantissa[i] : prices.at(row).mantissa;
    if (price <= 0 && fault_of_sign(reference_.instruments[id].it, price) != nullptr) { return; }  // Refused already.
    if (price == 0 && !reference_.instruments[id].it.rate.below_zero) { free_of_cost_.count(begin + row); }
    const auto steps = prices.is_short(row) ? rules_[id].at(lots, prices.mantissa[i], prices.scale[i])
                                            : rules_[id].at(lots, prices.at(row));
    if (steps) {
      out_.positions.cost[at] = *steps;
    } else {
      refuse_.cell(begin + row, "entry_price", format_decimal(prices.at(row)),
                   "makes a cost beyond 2^62 steps of " + step_text(settle.digits) + " " + settle.name +
                       "; set assets.step of " + settle.name + " to a coarser one" +
                       (settle.digits > 8 ? ", such as " + step_text(8) : std::string()) +
                       ", and round to it: --round half_even");
    }
  }

  const table_data& table_;
  const reference_tables& reference_;
  table_refuser refuse_;
  loading_rows& out_;
  std::vector<cost_rule> rules_;
  std::vector<std::uint8_t> priced_;
  rounding_tally costs_rounded_;
  rounding_tally margins_rounded_;
  seen_rows without_margin_;
  seen_rows other_sign_;
  seen_rows free_of_cost_;
};

}  // namespace

bool read_positions(table_data& table, batch_source_ptr source, const reference_tables& reference,
                    refusal_list& refusals, loading_rows& out) {
  const table_refuser refuse(refusals, table.file);
  account_reader names(table, position_column::account, refuse, out);
  out.position_block = names.first_block();
  position_reader reader(table, reference, refusals, out);
  const bool good = read_batches(table, std::move(source), refuse, [&](std::size_t batch) {
    names.read(batch);
    reader.read(batch);
  });
  if (!good) { return false; }
  reader.refuse_unmarked();
  reader.note_unused_scores();
  reader.note_roundings();
  return true;
}

void settle_positions(const table_data& table, const reference_tables& reference, refusal_list& refusals,
                      loading_rows& out) {
  position_settler settler(table, reference, refusals, out);
  oneapi::tbb::parallel_for(std::size_t{0}, table.batches.size(), [&](std::size_t batch) { settler.settle(batch); });
  settler.note_roundings();
  settler.note();
}

}  // namespace plimsoll::io
