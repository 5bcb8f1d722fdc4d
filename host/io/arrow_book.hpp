// Reads books, updates and marks from Arrow C streams, and writes tables to them. No Arrow type is used here except the
// name of the stream.
#pragma once

#include <vector>

#include "host/book/book.hpp"
#include "host/io/load_book.hpp"
#include "host/table/table.hpp"
#include "host/text/refusal.hpp"
#include "host/updates/update.hpp"
#include "plimsoll/arrow_stream.hpp"
#include "plimsoll/result.hpp"
#include "plimsoll/tick.hpp"

namespace plimsoll {

/// As `load_book` of a folder. Every stream is released in any case. Additional errors: usage for a table that no book
/// has, for a table that is given twice, and for a missing stream; io if a stream reports a failure.
[[nodiscard]] result<book> load_book(const book_streams& streams, const load_options& options, refusal_list& refusals);

/// As `load_updates` of a file, in a book whose names are those of `source`.
[[nodiscard]] result<std::vector<update>> read_updates(ArrowArrayStream& stream, const book& source,
                                                       refusal_list& refusals);

/// Reads rows of the table `marks`. Faults that a tick refuses, such as a mark beyond the limits, are not checked here.
[[nodiscard]] result<std::vector<mark_update>> read_marks(ArrowArrayStream& stream, const book& source,
                                                          refusal_list& refusals);

/// Releases a stream unless it was moved from; null is ignored.
void release_stream(ArrowArrayStream* stream) noexcept;

/// Releases the stream in its destructor, unless the stream was moved from by then.
class stream_holder {
 public:
  explicit stream_holder(ArrowArrayStream* stream) : stream_(stream) {}
  ~stream_holder() { release_stream(stream_); }
  stream_holder(const stream_holder&) = delete;
  stream_holder& operator=(const stream_holder&) = delete;

 private:
  ArrowArrayStream* stream_;
};

/// Exports all of `table` into `out`, which must be empty because it is overwritten. `kept`: texts become views, and
/// those within these characters are not copied. Errors: out_of_memory.
[[nodiscard]] status export_table(const table_source& table, ArrowArrayStream& out, const kept_chars* kept = nullptr);

}  // namespace plimsoll
