// The rest of an amount after some time, if half of it goes in each half-life. Exact, and the same on every machine.
#pragma once

#include <cstdint>

namespace plimsoll {

/// floor(amount x 2^(-elapsed / half_life)). `elapsed` and `half_life` must count the same unit of time.
///
/// The power is computed in fixed point with 120 binary digits, and each step rounds down. Its error is below 2^-110.
/// So the floor is that of the exact power unless the product is within 2^-49 of a whole number, and whole half-lives
/// are exact. If no time has passed, the result is `amount`. With a half-life of 0 it is 0 as soon as any time has
/// passed. amount < 2^61.
[[nodiscard]] std::uint64_t left_after(std::uint64_t amount, std::int64_t elapsed, std::int64_t half_life);

}  // namespace plimsoll
