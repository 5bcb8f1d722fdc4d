// Large columns on huge pages. Updates touch columns at random, and each small page touched costs a walk through the
// page tables.
#pragma once

#include <cstddef>
#include <cstdint>

#include <sys/mman.h>

namespace plimsoll {

/// Reserves memory and requests huge pages for it, which is only a hint. `Column`: a vector or a string whose memory
/// beyond its size was not written yet.
template <class Column>
void reserve_on_huge_pages(Column& column, std::size_t count) {
  column.reserve(count);
  constexpr std::size_t huge_page = std::size_t{1} << 21U;
  const auto address = reinterpret_cast<std::uintptr_t>(column.data());
  const std::uintptr_t first = (address + huge_page - 1) / huge_page * huge_page;
  const std::uintptr_t last =
      (address + column.capacity() * sizeof(typename Column::value_type)) / huge_page * huge_page;
  if (first < last) {
    (void)madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE);
  }  // NOLINT: a range of addresses.
}

}  // namespace plimsoll
