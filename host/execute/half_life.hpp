// How much of an amount is left after some time: half of it after each half-life, exactly, the same on every machine.
#pragma once

#include <cstdint>

namespace plimsoll {

/// floor(amount x 2^(-elapsed / half_life)). `elapsed` and `half_life` count the same unit of time, whatever it is.
///
/// The power is taken in fixed point with 120 binary digits, each rounding of it downwards: its error is below 2^-110,
/// so that the floor is that of the exact power wherever the product is not within 2^-49 of a whole number, and whole
/// half-lives are exact. Nothing has passed: all of it. A half-life of 0: nothing, as soon as any time has passed.
/// amount < 2^61.
[[nodiscard]] std::uint64_t left_after(std::uint64_t amount, std::int64_t elapsed, std::int64_t half_life);

}  // namespace plimsoll
