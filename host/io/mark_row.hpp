// The cells of one mark, which `marks` and `ticks` share. Inside host/io only.
#pragma once

#include "host/book/book.hpp"
#include "host/io/steps.hpp"
#include "host/io/text_table.hpp"
#include "host/text/instant.hpp"

namespace plimsoll::io {

/// Counts marks of 0. Such a price is admitted, but mostly it is one that was not known.
class zero_marks {
 public:
  void count(const row_reader& row, const instrument& it, const mark& read) {
    if (!row.good() || read.ticks != 0 || it.rate.below_zero) { return; }
    if (count_++ == 0) {
      first_ = "the first in row " + std::to_string(table_refuser::row_in_file(row.row())) + ", of " + shown(it.name);
    }
  }
  void note(const table_refuser& refuse) const {
    if (count_ == 0) { return; }
    refuse.note(std::to_string(count_) + (count_ == 1 ? " mark is 0, " : " marks are 0, ") + first_ +
                    "; leave out the row of a price that is not known",
                count_);
  }

 private:
  std::uint64_t count_ = 0;
  std::string first_;
};

/// Reads the cells of a mark other than its price; faults are refused.
inline void read_mark_extras(row_reader& row, mark& out) {
  out.index = row.number(mark_column::index);
  out.forward = row.number(mark_column::forward);
  out.volatility = row.number(mark_column::volatility);
  const std::string_view as_of = row.text(mark_column::as_of);
  if (as_of.empty()) { return; }
  const instant time = parse_instant(as_of, row.import().as_of_unit);
  if (time.fault != nullptr) { row.refuse(mark_column::as_of, time.fault); }
  out.as_of_ns = time.ns;
}

/// The price in ticks of the instrument. Refuses a price with a sign that the instrument does not allow, a price that
/// is not a multiple of its step (unless it is to be rounded), and a price beyond 2^40 steps.
inline void read_mark_ticks(row_reader& row, const instrument& it, const decimal& price, mark& out) {
  if (const char* fault = fault_of_sign(it, price.mantissa)) { return row.refuse(mark_column::mark, fault); }
  constexpr int headroom = 3;  // Margin for rising marks. A factor of ten would cost a venue that prints eight decimals
                               // one of them.
  const step_count ticks = count_steps(row.rounded(mark_column::mark, price, it.price_step), it.price_step);
  const step_count whole =
      ticks.what == step_count::fault::off
          ? count_steps(round_to_step(price, it.price_step, rounding::down).value_or(price), it.price_step)
          : ticks;
  if (whole.what != step_count::fault::none || whole.count > limits::price_ticks_max ||
      whole.count < -limits::price_ticks_max) {
    row.refuse(mark_column::mark,
               "is more than 2^40 price steps of " + format_decimal(it.price_step) +
                   coarser_step(fitting_step(price, limits::price_ticks_max, headroom, -12), "price_step", it.name));
  } else if (ticks.what == step_count::fault::off) {
    row.refuse(mark_column::mark, "is not a multiple of the price step " + format_decimal(it.price_step) + " of " +
                                      it.name + "; " + way_to_round(it.price_step));
  } else if (!price_admitted(it.rate, static_cast<std::int64_t>(ticks.count))) {
    row.refuse(mark_column::mark, "rounds to 0 price steps of " + format_decimal(it.price_step));
  } else {
    out.ticks = static_cast<std::int64_t>(ticks.count);
  }
}

}  // namespace plimsoll::io
