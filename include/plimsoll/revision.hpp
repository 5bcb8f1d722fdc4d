// What other reference data brought to a book that stands.
#pragma once

#include <cstdint>

namespace plimsoll {

struct revision {
  std::uint32_t instruments = 0;  ///< Listed: new to the book.
  std::uint32_t assets = 0;       ///< New to the book.
  std::uint32_t retiered = 0;     ///< Instruments that stood and have other bands now.
  [[nodiscard]] bool empty() const { return instruments == 0 && assets == 0 && retiered == 0; }
};

}  // namespace plimsoll
