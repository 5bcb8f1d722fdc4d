// A window of slots around a place that wants room: what is taken is laid out anew within it, in the same order.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "plimsoll/vacancy.hpp"

namespace plimsoll {

/// Has a column room to be moved about? Below this its vacant slots are so few that each costs more to fetch than a new
/// layout does.
[[nodiscard]] constexpr bool enough_vacant(std::uint64_t vacant, std::uint64_t slots) {
  return vacant != 0 && static_cast<double>(vacant) >= static_cast<double>(slots) * vacancy_least;
}

/// Beyond this a new layout is no slower, and leaves more room.
[[nodiscard]] constexpr std::uint32_t widest_window(std::uint32_t slots) { return std::max(65'536U, slots / 16); }

/// Half of the window's vacant slots go to the place itself, where more will be wanted; the others lie evenly between.
/// Memory is kept.
class slot_window {
 public:
  /// Doubles from `width` around `at` until it has at least half of the whole column's share of vacant slots, or is all
  /// of it. False: none is vacant, or it would be wider than `width_most`. The first slot is a taken one, unless it is
  /// slot 0. Throws std::bad_alloc before anything is written.
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
  /// Taken slots as they were; `slot(i)` is where number i goes.
  [[nodiscard]] const std::vector<std::uint32_t>& taken() const { return taken_; }
  [[nodiscard]] std::uint32_t slot(std::size_t i) const {
    return first_ + static_cast<std::uint32_t>(i + std::uint64_t{even_} * i / taken_.size()) +
           (i >= wanted_at_ ? at_place_ : 0);
  }
  /// Where the vacant slots behind number i end.
  [[nodiscard]] std::uint32_t end_of(std::size_t i) const { return i + 1 < taken_.size() ? slot(i + 1) : last_; }

  /// Moves a column's taken elements; vacant ones are left to `for_vacant`.
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

  /// Rows are [starts[r], starts[r + 1]); those that start within the window start elsewhere now. Calls moved(row) for
  /// each. Vacant slots go to the row before them.
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
  std::uint32_t wanted_at_ = 0;  ///< Number of the taken one in front of which room is wanted.
  std::uint32_t at_place_ = 0;   ///< Vacant slots there,
  std::uint32_t even_ = 0;       ///< and between the others.
  std::vector<std::uint32_t> taken_;
};

}  // namespace plimsoll
