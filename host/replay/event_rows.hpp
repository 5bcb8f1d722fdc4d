// The rows of `events`: blocks in memory, or in a file that has no name and ends with the process.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "host/updates/ledger.hpp"
#include "plimsoll/config.hpp"

namespace plimsoll {

/// The position of a customer that an event changes; an account in hedge mode holds both sides.
enum class event_side : std::uint8_t { none, long_side, short_side };

/// One ledger leg as `events` shows it. Names are indices into the table of `replay_log`, because the ids of a book
/// change with it.
struct event_row {
  std::int64_t tick = 0;
  std::uint64_t plan = 0;
  std::int64_t lots = 0;
  std::int64_t cost = 0;
  std::int64_t amount = 0;
  std::int64_t price_ticks = no_ticks;
  std::uint32_t account = 0;
  std::uint32_t unit = no_id;  ///< no_id: a system account has none.
  std::uint32_t instrument = no_id;
  std::uint32_t asset = no_id;
  std::uint32_t cause = 0;
  ledger_step step{};
  event_side side = event_side::none;
};
static_assert(sizeof(event_row) == 72, "a crash of a million accounts stores millions of rows");

/// A list of event rows that only grows. It is read by ranges; several threads may read if none writes.
class event_rows {
 public:
  using value_type = event_row;
  /// Rows of one write to the file, or one read from it.
  static constexpr std::uint64_t block_rows = 16'384;

  event_rows() = default;
  /// A copy is in memory.
  event_rows(const event_rows& other) {
    other.visit([&](const event_row& row) { push_back(row); });
  }
  event_rows(event_rows&& other) noexcept { swap(other); }
  event_rows& operator=(event_rows other) noexcept {
    swap(other);
    return *this;
  }
  ~event_rows();

  /// Moves the whole blocks to a new file in this folder, now and as they fill. The remaining rows stay in memory if
  /// no file can be made in the folder, or if its disk is full.
  void store_in(const std::filesystem::path& folder);

  void push_back(const event_row& row);
  [[nodiscard]] std::uint64_t size() const { return size_; }

  /// Drops the present rows. `size` still counts them, but they must not be read.
  void forget();

  /// Calls `visit(row)` for the rows [begin, end), in order. Throws std::system_error if the file cannot be read.
  template <class Visit>
  void visit(std::uint64_t begin, std::uint64_t end, const Visit& visit) const {
    std::unique_ptr<event_row[]> buffer;
    while (begin < end) {
      const std::uint64_t last = std::min(end, (begin / block_rows + 1) * block_rows);
      const event_row* rows = block_at(begin, last, buffer);
      for (std::uint64_t i = begin; i < last; ++i) { visit(rows[i - begin]); }
      begin = last;
    }
  }
  template <class Visit>
  void visit(const Visit& each) const {
    visit(0, size_, each);
  }
  /// One row. `visit` is faster for several.
  [[nodiscard]] event_row operator[](std::uint64_t at) const {
    event_row out;
    visit(at, at + 1, [&](const event_row& row) { out = row; });
    return out;
  }

 private:
  void swap(event_rows& other) noexcept;
  /// Rows [begin, last) of one block, in memory or read into `buffer`.
  [[nodiscard]] const event_row* block_at(std::uint64_t begin, std::uint64_t last,
                                          std::unique_ptr<event_row[]>& buffer) const;
  void store(std::uint64_t block);

  /// The rows of each block; null if the file has them, or if they were dropped.
  std::vector<std::unique_ptr<event_row[]>> blocks_;
  std::unique_ptr<event_row[]> free_;  ///< The memory of a written block, for the next one.
  std::uint64_t size_ = 0;
  int file_ = -1;
  bool full_ = false;  ///< The last write failed.
};

}  // namespace plimsoll
