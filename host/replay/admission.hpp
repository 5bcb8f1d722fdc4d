// Checks whether a tick's marks and updates are acceptable. If not, names the row at fault, before anything is scanned.
#pragma once

#include <span>
#include <string>

#include "host/book/book.hpp"
#include "host/text/refusal.hpp"
#include "host/updates/update.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll {

struct tick_marks;

/// Names of the inputs in refusals.
struct input_names {
  std::string ticks = "ticks";
  std::string updates = "updates";
};

/// `source` is the book after this tick's updates, `next` its marks after those of the tick. bad_data: an instrument is
/// held beyond 2^61 lots per side, or without a mark, or its value at the mark is beyond 2^62 steps, or (in `multi`) an
/// update added a balance in an asset that has no price. The refusals name the row of the mark if it is new, else the
/// row of the last update that could be the cause.
[[nodiscard]] status admit_tick(const book& source, std::span<const mark> next, const tick_marks& marks,
                                std::span<const update> updates, const input_names& names, refusal_list& refusals);

}  // namespace plimsoll
