#include "host/api/c/streams.hpp"

#include "host/api/c/failure.hpp"
#include "host/io/arrow_book.hpp"
#include "host/table/chunk_table.hpp"

namespace plimsoll::c {

taken_stream::~taken_stream() { release_stream(&held_); }

void taken_stream::take(ArrowArrayStream* from) noexcept {
  release_stream(&held_);
  held_ = {};
  if (from == nullptr) { return; }
  held_ = *from;
  from->release = nullptr;
}

given_stream::given_stream(ArrowArrayStream* to) noexcept : to_(to) {
  if (to_ != nullptr) { *to_ = {}; }
}

given_stream::~given_stream() { release_stream(&made_); }

void given_stream::give() noexcept {
  if (to_ == nullptr) { return; }
  *to_ = made_;
  made_ = {};
}

void check_apart(std::initializer_list<const given_stream*> all) {
  for (const given_stream* one : all) {
    for (const given_stream* other : all) {
      if (one != other && one->wanted() && one->place() == other->place()) {
        fail(PLIMSOLL_BAD_ARGUMENT, "two tables would go to the same ArrowArrayStream");
      }
    }
  }
}

void export_notes(const std::vector<std::string>& notes, ArrowArrayStream& out) {
  const chunk_table table({{"note", column_kind::text}}, notes.size(),
                          [&](std::uint64_t begin, std::uint64_t end, table_chunk& chunk) {
                            row_writer row(chunk);
                            for (std::uint64_t i = begin; i < end; ++i) {
                              row.text(notes[i]);
                              row.end_row();
                            }
                          });
  must(export_table(table, out));
}

}  // namespace plimsoll::c
