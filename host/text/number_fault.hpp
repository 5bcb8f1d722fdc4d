// The fault of a text that is not a number, and what to write in its place.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "host/text/decimal.hpp"

namespace plimsoll {

/// Whether `--round` applies to the number.
enum class rounds : std::uint8_t { no, yes };

/// Why `text` is no number that we read, and the way out where one is known: "is not a plain decimal (...); leave the
/// '+' out".
[[nodiscard]] std::string fault_of_number(decimal_fault fault, std::string_view text, rounds can = rounds::no);

}  // namespace plimsoll
