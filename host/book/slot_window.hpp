// A window of slots around a row to insert. It spreads the window's occupied slots again, in the same order.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "plimsoll/vacancy.hpp"

namespace plimsoll {

/// True if a column has enough vacant slots to move some. If it has fewer, fetching each costs more than a new layout.
[[nodiscard]] constexpr bool enough_vacant(std::uint64_t vacant, std::uint64_t slots) {
  return vacant != 0 && static_cast<double>(vacant) >= static_cast<double>(slots) * vacancy_least;
}

/// A wider window would be no faster than a new layout, and would leave fewer vacant slots.
[[nodiscard]] constexpr std::uint32_t widest_window(std::uint32_t slots) { return std::max(65'536U, slots / 16); }

/// Half of the window's vacant slots go to the requested slot, where more rows are likely to be inserted. The others
/// are spread evenly. Memory is reused.
class slot_window {
 public:
  /// Doubles from `width` around `at` until its share of vacant slots is at least half of the whole column's, or until
  /// it is the whole column. False: no slot is vacant, or the window would be wider than `width_most`. The first slot
  /// is occupied, unless it is slot 0. Throws std::bad_alloc before anything is written.
  template <class IsVacant>
  [[nodiscard]] bool find(std::uint32_t at, std::uint32_t size, std::uint32_t width, std::uint64_t vacant_in_all,
                          std::uint32_t width_most, const IsVacant& is_vacant) {
    first_ = last_ = at;
    std::uint32_t vacant = 0;
    for (std::uint64_t wanted = width;; wanted *= 2) {
      if (wanted > width_most && first_ != last_) { return false; }
      const auto half = static_cast<std::uint32_t>(std::min<std::uint64_t>(wanted / 2, size));
      const std::uint32_t first = at - std::min(at, half);
      const std::uint32_t last = at + std::min(size - at, half);
      for (; first_ > first; --first_) { vacant += is_vacant(first_ - 1) ? 1 : 0; }
      for (; last_ < last; ++last_) { vacant += is_vacant(last_) ? 1 : 0; }
      if (first_ == 0 && last_ == size) { break; }
      if (vacant != 0 && 2 * std::uint64_t{vacant} * size >= vacant_in_all * (last_ - first_)) { break; }
    }
    for (; first_ > 0 && is_vacant(first_); --first_) { vacant += is_vacant(first_ - 1) ? 1 : 0; }
    taken_.clear();
    taken_.reserve(last_ - first_ - vacant);
    for (std::uint32_t slot = first_; slot < last_; ++slot) {
      if (!is_vacant(slot)) { taken_.push_back(slot); }
    }
    const auto before = static_cast<std::uint32_t>(std::lower_bound(taken_.begin(), taken_.end(), at) - taken_.begin());
    wanted_at_ = std::max(before, 1U);
    at_place_ = std::min((vacant + 1) / 2, at_place_most);
    even_ = vacant - at_place_;
    return vacant != 0 && !taken_.empty();
  }

  [[nodiscard]] std::uint32_t first() const { return first_; }
  [[nodiscard]] std::uint32_t last() const { return last_; }
  /// The occupied slots before the move; `slot(i)` is the new slot of number i.
  [[nodiscard]] const std::vector<std::uint32_t>& taken() const { return taken_; }
  [[nodiscard]] std::uint32_t slot(std::size_t i) const {
    return first_ + static_cast<std::uint32_t>(i + std::uint64_t{even_} * i / taken_.size()) +
           (i >= wanted_at_ ? at_place_ : 0);
  }
  /// End of the vacant slots after number i.
  [[nodiscard]] std::uint32_t end_of(std::size_t i) const { return i + 1 < taken_.size() ? slot(i + 1) : last_; }

  /// Moves a column's occupied elements; `for_vacant` fills the vacant ones.
  template <class T>
  void move(std::vector<T>& column) const {
    for (std::size_t i = 0; i < taken_.size(); ++i) { column[first_ + i] = column[taken_[i]]; }
    for (std::size_t i = taken_.size(); i-- > 0;) { column[slot(i)] = column[first_ + i]; }
  }

  /// Calls body(slot) for every vacant slot, rising.
  template <class Body>
  void for_vacant(const Body& body) const {
    for (std::size_t i = 0; i < taken_.size(); ++i) {
      for (std::uint32_t vacant = slot(i) + 1; vacant < end_of(i); ++vacant) { body(vacant); }
    }
  }

  /// Rows are [starts[r], starts[r + 1]). Moves the starts that lie within the window, and calls moved(row) for each.
  /// Vacant slots go to the row before them.
  template <class Moved>
  void move_starts(std::vector<std::uint32_t>& starts, const Moved& moved) const {
    const auto rows = static_cast<std::uint32_t>(starts.size() - 1);
    auto row = static_cast<std::uint32_t>(std::upper_bound(starts.begin(), starts.end(), first_) - starts.begin());
    std::size_t i = 0;
    for (; row < rows && starts[row] < last_; ++row) {
      while (i < taken_.size() && taken_[i] < starts[row]) { ++i; }
      const std::uint32_t start = i < taken_.size() ? slot(i) : last_;
      if (start == starts[row]) { continue; }
      starts[row] = start;
      moved(row);
    }
  }

 private:
  static constexpr std::uint32_t at_place_most = 4096;

  std::uint32_t first_ = 0;
  std::uint32_t last_ = 0;
  std::uint32_t wanted_at_ = 0;  ///< Number of the occupied slot in front of which rows are inserted.
  std::uint32_t at_place_ = 0;   ///< Vacant slots there.
  std::uint32_t even_ = 0;       ///< Vacant slots between the other occupied slots.
  std::vector<std::uint32_t> taken_;
};

}  // namespace plimsoll
