// Figures of the benches as text for people.
#pragma once

#include <cstdint>
#include <string>

namespace plimsoll::bench {

/// Three significant digits and a unit: "12.3 us", "4.56 ms".
[[nodiscard]] std::string duration_text(double microseconds);

/// "1000000" as "1,000,000".
[[nodiscard]] std::string grouped(std::uint64_t value);

/// Sixteen digits.
[[nodiscard]] std::string hexadecimal(std::uint64_t digest);

/// To a multiple of 0.001, at least 0: figures of a noisy machine have no more digits.
[[nodiscard]] double rounded(double value);

}  // namespace plimsoll::bench
