// The limits of what Plimsoll accepts. A message names each value that is beyond them; within them nothing overflows.
#pragma once

#include <cstdint>

#include "plimsoll/config.hpp"

namespace plimsoll::limits {

/// A mark is at most 2^40 price steps.
inline constexpr int price_bits_max = 40;
inline constexpr std::int64_t price_ticks_max = std::int64_t{1} << price_bits_max;

/// |value| and |cost| of a position; |balance|, |cash|, |equity|, MM and IM of a unit; in steps.
inline constexpr int money_bits_max = 62;
inline constexpr std::int64_t money_steps_max = std::int64_t{1} << money_bits_max;

/// |size| of a position, and the open interest of one side of one instrument, in lots. The lights multiply open
/// interest by 5, and the product must fit 64 bits.
inline constexpr int size_bits_max = 61;
inline constexpr std::int64_t size_lots_max = std::int64_t{1} << size_bits_max;

/// Numerator and denominator of an instrument's value per lot (and tick) in steps, in lowest terms.
inline constexpr int rate_bits_max = 63;

/// Most positions of a unit; most instruments, accounts, positions and units of a book.
inline constexpr int unit_positions_bits_max = 22;
inline constexpr std::int64_t unit_positions_max = std::int64_t{1} << unit_positions_bits_max;
inline constexpr std::int64_t instruments_max = 65'535;
inline constexpr std::int64_t accounts_max = std::int64_t{1} << 31;
inline constexpr std::int64_t positions_max = (std::int64_t{1} << 32) - 2;
inline constexpr std::int64_t units_max = (std::int64_t{1} << 32) - 2;

/// Margin rates are whole parts per million and at most 10.
inline constexpr std::int64_t ppm = 1'000'000;
inline constexpr int rate_ppm_bits_max = 24;
inline constexpr std::int64_t rate_ppm_max = 10 * ppm;

/// `margin_call_at`: 1 to 1,000, in millionths.
inline constexpr int call_ppm_bits_max = 30;
inline constexpr std::int64_t call_ppm_max = 1'000 * ppm;

/// Digits of a value step. 10^-18 is the finest step that leaves enough bits for amounts.
inline constexpr int step_digits_max = 18;

static_assert(rate_ppm_max < (std::int64_t{1} << rate_ppm_bits_max));
static_assert(call_ppm_max < (std::int64_t{1} << call_ppm_bits_max));
static_assert(instruments_max < (1 << 16), "An instrument's id fits 16 bits.");
static_assert(money_bits_max + unit_positions_bits_max < 127, "A sum of values over a unit fits 128 bits.");
static_assert(money_bits_max + rate_ppm_bits_max + unit_positions_bits_max < 127,
              "A sum of requirements in step x 1e-6 over a unit fits 128 bits.");
static_assert(money_bits_max + 20 + call_ppm_bits_max < 127,
              "MM in step x 1e-6, times margin_call_at in millionths, fits 128 bits.");
static_assert(size_bits_max + rate_bits_max < 127, "Lots times a value rate fit 128 bits.");
static_assert(5 * static_cast<uint128>(size_lots_max) < (static_cast<uint128>(1) << 64),
              "5 x open interest fits 64 bits.");

}  // namespace plimsoll::limits
