// Counts of what new reference data added to a loaded book and changed in it.
#pragma once

#include <cstdint>

namespace plimsoll {

struct revision {
  std::uint32_t instruments = 0;  ///< Newly listed.
  std::uint32_t assets = 0;       ///< New to the book.
  std::uint32_t retiered = 0;     ///< Instruments that were in the book before and have new bands.
  [[nodiscard]] bool empty() const { return instruments == 0 && assets == 0 && retiered == 0; }
};

}  // namespace plimsoll
