// The outputs of a replay: events, ticks, markets, deleveraged, feasibility, held, the final book, and the summary with
// the conservation proof.
#pragma once

#include <string>
#include <vector>

#include "host/replay/replay.hpp"
#include "host/table/table.hpp"

namespace plimsoll {

/// `events`, `ticks`, `markets`, `deleveraged`, `feasibility` and `held`. They refer to the log and the book, which
/// must outlive them.
[[nodiscard]] std::vector<named_table> make_replay_tables(const replay_log& log, const book& source);

/// `events` of only these rows, named `name`. They, the log and the book must outlive it.
[[nodiscard]] named_table make_events_table(std::string name, const event_rows& rows, const replay_log& log,
                                            const book& source);

/// The tables of a book in the input format: assets, instruments, tiers, balances, positions (entry_value), marks.
/// Reading them back gives the same book. They refer to the book, which must outlive them.
[[nodiscard]] std::vector<named_table> make_book_tables(const book& source);

}  // namespace plimsoll
