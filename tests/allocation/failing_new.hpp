// An operator new, and an aligned_alloc, of which one allocation, or every one from there on, fails.
#pragma once

#include <cstdint>

namespace plimsoll::allocation {

enum class lasting { once, for_ever };

/// From now on allocation `nth` (from 1) throws std::bad_alloc, and in `for_ever` all after it, until this ends.
class failing {
 public:
  failing(std::uint64_t nth, lasting how);
  ~failing();
  failing(const failing&) = delete;
  failing& operator=(const failing&) = delete;

  [[nodiscard]] bool reached() const;
};

/// Counts the allocations of all threads until it ends; none fails.
class counting {
 public:
  counting();
  ~counting();
  counting(const counting&) = delete;
  counting& operator=(const counting&) = delete;

  [[nodiscard]] std::uint64_t made() const;
};

}  // namespace plimsoll::allocation
