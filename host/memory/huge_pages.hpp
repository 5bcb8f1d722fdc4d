// Large columns on huge pages: updates reach all over them, and each small page reached is one more walk through the
// page tables.
#pragma once

#include <cstddef>
#include <cstdint>

#include <sys/mman.h>

namespace plimsoll {

/// Reserves, and asks that the memory lie on huge pages, which is only a hint. `Column`: a vector or a string, not yet
/// written beyond what it holds.
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
