// Rounds the numbers of one column to their steps, and notes the count and the largest change.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "host/io/refuse.hpp"
#include "host/text/rounding.hpp"

namespace plimsoll::io {

/// May be used from any thread.
class rounding_tally {
 public:
  /// Returns `value` if it is a whole number of `step`s. Else rounds it by `mode` and counts it. Nothing if `mode` is
  /// refuse, or the number of steps has more than 38 digits. `row`: 0-based among the data rows.
  [[nodiscard]] std::optional<decimal> round(const decimal& value, const decimal& step, rounding mode,
                                             std::int64_t row) {
    if (mode == rounding::refuse) { return std::nullopt; }
    const auto rounded = round_to_step(value, step, mode);
    if (!rounded) { return std::nullopt; }
    const decimal change = difference(*rounded, value);
    if (change.mantissa == 0) { return rounded; }
    const std::lock_guard lock(mutex_);
    ++count_;
    const bool as_large = !smaller(change, largest_);
    if (as_large && (smaller(largest_, change) || row < row_)) {
      largest_ = change;
      row_ = row;
    }
    return rounded;
  }

  /// Adds a note if a number was rounded.
  void note(const table_refuser& refuse, std::string_view column, rounding mode) const {
    if (count_ == 0) { return; }
    refuse.note("column " + std::string(column) + ": " +
                    (count_ == 1 ? "1 number was" : std::to_string(count_) + " numbers were") +
                    " finer than the step and rounded (" + std::string(to_string(mode)) + "); the largest change is " +
                    format_decimal(largest_) + ", in row " + std::to_string(table_refuser::row_in_file(row_)),
                count_);
  }

 private:
  std::mutex mutex_;
  std::uint64_t count_ = 0;
  decimal largest_{};
  std::int64_t row_ = INT64_MAX;
};

}  // namespace plimsoll::io
