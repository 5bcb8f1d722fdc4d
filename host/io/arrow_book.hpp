// Books, updates and marks from Arrow C streams, tables to them. No Arrow type stands here but the stream's name.
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

/// As `load_book` of a folder. Every stream is released, whatever comes of it. Errors besides: usage for a table that
/// no book has, for one that stands twice, and for a stream that is not there; io where a stream says that it failed.
[[nodiscard]] result<book> load_book(const book_streams& streams, const load_options& options, refusal_list& refusals);

/// As `load_updates` of a file, in a book whose names are those of `source`.
[[nodiscard]] result<std::vector<update>> read_updates(ArrowArrayStream& stream, const book& source,
                                                       refusal_list& refusals);

/// Rows of the table `marks`. What a tick refuses, a mark beyond the limits for one, it refuses later.
[[nodiscard]] result<std::vector<mark_update>> read_marks(ArrowArrayStream& stream, const book& source,
                                                          refusal_list& refusals);

/// Releases a stream that nobody has taken over; null is let be.
void release_stream(ArrowArrayStream* stream) noexcept;

/// Releases the stream at its own end, unless it was taken over by then.
class stream_holder {
 public:
  explicit stream_holder(ArrowArrayStream* stream) : stream_(stream) {}
  ~stream_holder() { release_stream(stream_); }
  stream_holder(const stream_holder&) = delete;
  stream_holder& operator=(const stream_holder&) = delete;

 private:
  ArrowArrayStream* stream_;
};

/// All of `table` into `out`, whatever it held: it must be empty. Errors: out_of_memory.
[[nodiscard]] status export_table(const table_source& table, ArrowArrayStream& out);

}  // namespace plimsoll
