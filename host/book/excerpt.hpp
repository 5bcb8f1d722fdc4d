// Copies a few accounts of a book into a book of their own.
#pragma once

#include <cstdint>
#include <span>

#include "host/book/book.hpp"

namespace plimsoll {

/// The units, positions and balances of these accounts (rising ids, each once), without vacant slots, with all
/// reference data and marks. Leaves out the system's accounts.
[[nodiscard]] book excerpt_of(const book& source, std::span<const std::uint32_t> accounts);

}  // namespace plimsoll
