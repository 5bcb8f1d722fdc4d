// The cells of one mark, as `marks` and `ticks` both have them. Inside host/io only.
#pragma once

#include "host/book/book.hpp"
#include "host/io/steps.hpp"
#include "host/io/text_table.hpp"
#include "host/text/instant.hpp"

namespace plimsoll::io {

/// What a mark carries beside its price; what is wrong is refused.
inline void read_mark_extras(row_reader& row, mark& out) {
  out.index = row.number(mark_column::index);
  out.forward = row.number(mark_column::forward);
  out.volatility = row.number(mark_column::volatility);
  const std::string_view as_of = row.text(mark_column::as_of);
  if (as_of.empty()) { return; }
  const instant time = parse_instant(as_of);
  if (time.fault != nullptr) { row.refuse(mark_column::as_of, time.fault); }
  out.as_of_ns = time.ns;
}

/// The price in ticks of the instrument; a price off its step or beyond 2^40 of them is refused.
inline void read_mark_ticks(row_reader& row, const instrument& it, const decimal& price, mark& out) {
  const step_count ticks = count_steps(price, it.price_step);
  if (ticks.what == step_count::fault::off) {
    row.refuse(mark_column::mark,
               "is not a multiple of the price step " + format_decimal(it.price_step) + " of " + it.name);
  } else if (ticks.what == step_count::fault::beyond || ticks.count > limits::price_ticks_max) {
    row.refuse(mark_column::mark, "is more than 2^40 price steps of " + format_decimal(it.price_step) +
                                      "; choose a coarser price_step for " + it.name);
  } else {
    out.ticks = static_cast<std::int64_t>(ticks.count);
  }
}

}  // namespace plimsoll::io
