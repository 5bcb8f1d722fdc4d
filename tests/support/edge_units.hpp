// Small books whose units are close to another state, which a book worth thousands of steps does not show.
#pragma once

#include <cstdint>

#include "host/book/book.hpp"

namespace plimsoll::edge_units {

/// The parameters of the draw.
struct spec {
  std::uint64_t seed = 1;
  std::uint32_t accounts = 1;
  std::uint32_t markets = 4;  ///< At most so many contracts; at most so many other assets in `multi`.
};

/// A book of that many accounts. Units are worth a few steps or very many; they are at a threshold, a few steps from
/// one, or as far as a move of a sixteenth can take them. Floors of tiers lie at the notional, beside it and within a
/// sixteenth above it. Rates jump from 0 to 10, `margin_call_at` is from 1 to 1,000. Contracts are linear and inverse,
/// held on one side or both, in cross and isolated units. In `multi` there are other balances and debts, with haircuts,
/// priced by marks or once and for all. Marks have one tick or as many as 2^38. The same on every machine.
[[nodiscard]] book make_book(const spec& wanted);

/// The time that the ages of the book's marks are taken against.
inline constexpr std::int64_t as_of_ns = 1'700'000'000'000'000'000;
/// Older than `max_mark_age`: a mark of this time is held.
inline constexpr std::int64_t stale_ns = as_of_ns - 20'000'000'000;

}  // namespace plimsoll::edge_units
