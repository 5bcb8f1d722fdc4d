// May a tick's marks and updates stand? Else the row that brought it is named, before anything is scanned.
#pragma once

#include <span>
#include <string>

#include "host/book/book.hpp"
#include "host/text/refusal.hpp"
#include "host/updates/update.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll {

struct tick_marks;

/// What refusals call the inputs.
struct input_names {
  std::string ticks = "ticks";
  std::string updates = "updates";
};

/// `source` as this tick's updates have made it, `next` its marks as those of the tick make them. bad_data: an
/// instrument is held beyond 2^61 lots a side, without a mark or beyond 2^62 steps at it, or in `multi` a balance came
/// in that nothing prices. The refusals name the rows: of the mark if it is new, else of the last update that could
/// have brought it.
[[nodiscard]] status admit_tick(const book& source, std::span<const mark> next, const tick_marks& marks,
                                std::span<const update> updates, const input_names& names, refusal_list& refusals);

}  // namespace plimsoll
