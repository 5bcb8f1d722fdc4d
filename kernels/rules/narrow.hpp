// Sums of a unit's positions in 64 bits and its state in binary64, for most units, with the proofs that the answer is
// that of tiers.hpp and margin.hpp. If a proof does not hold, the caller takes the wide path.
#pragma once

#include <cstdint>

#include "kernels/rules/margin.hpp"
#include "kernels/rules/tiers.hpp"
#include "plimsoll/limits.hpp"
#include "plimsoll/units.hpp"

namespace plimsoll {

/// Rows of more positions are summed the wide way.
inline constexpr std::uint32_t narrow_positions = 128;

// ---------------------------------------------------------------------------------------------------- requirements

/// MM in two words that are summed each for itself, without a carry between them: low + high x 2^32. Of a notional of
/// up to 2^62, a rate below 2^24 and an amount below 2^86 is |low| < 2^56 and |high| < 2^55, so the sums over
/// `narrow_positions` fit.
struct split_maintenance {
  std::int64_t low = 0;
  std::int64_t high = 0;
};
static_assert(limits::rate_ppm_bits_max + 32 + 7 <= 63 && narrow_positions <= 1U << 7, "A sum of low words fits.");
static_assert(limits::money_bits_max - 32 + limits::rate_ppm_bits_max + 1 + 7 <= 63, "A sum of high words fits.");

/// The MM of requirement_in.
[[nodiscard]] PLIMSOLL_HD constexpr split_maintenance split_in(std::uint64_t notional, std::uint32_t maintenance_ppm,
                                                               uint128 amount = 0) {
  const auto low = static_cast<std::uint64_t>(static_cast<std::uint32_t>(notional)) * maintenance_ppm;
  const auto high = static_cast<std::uint64_t>(static_cast<std::uint32_t>(notional >> 32)) * maintenance_ppm;
  return {static_cast<std::int64_t>(low) - static_cast<std::int64_t>(static_cast<std::uint32_t>(amount)),
          static_cast<std::int64_t>(high) - static_cast<std::int64_t>(amount >> 32)};
}

/// The value of a sum of both words.
[[nodiscard]] PLIMSOLL_HD constexpr uint128 joined(split_maintenance sum) {
  return (static_cast<uint128>(static_cast<int128>(sum.high)) << 32) +
         static_cast<uint128>(static_cast<int128>(sum.low));
}

/// The same in binary64, within 2^-52 of it. The sum must not be below zero: then neither term is, and nothing cancels.
[[nodiscard]] PLIMSOLL_HD constexpr double nearly(split_maintenance sum) {
  const std::uint64_t high = static_cast<std::uint64_t>(sum.high) + static_cast<std::uint64_t>(sum.low >> 32);
  return static_cast<double>(static_cast<std::int64_t>(high)) * 4294967296.0 +
         static_cast<double>(static_cast<std::uint32_t>(sum.low));
}

// ---------------------------------------------------------------------------------------------- the proof of range

/// A bound of a notional that is summed beside it: in 2^47 steps, rounded up.
inline constexpr int bound_bits = 47;
[[nodiscard]] PLIMSOLL_HD constexpr std::uint32_t bound_of(std::uint64_t notional) {
  return static_cast<std::uint32_t>(notional >> bound_bits) + 1;
}

/// The largest sum of bounds with which the row's value, its MM and its IM are surely within 2^62 steps, where no rate
/// is higher than this one.
[[nodiscard]] PLIMSOLL_HD constexpr std::uint32_t bound_max_of(std::uint32_t rate_ppm_max) {
  constexpr auto ppm = static_cast<std::uint64_t>(limits::ppm);
  constexpr auto most = static_cast<std::uint64_t>(limits::money_steps_max) >> bound_bits;
  return static_cast<std::uint32_t>(most * ppm / (rate_ppm_max < ppm ? ppm : rate_ppm_max));
}

// ------------------------------------------------------------------------------------------------------- the state

/// The notional that a floor in lots is passed at, where lots are worth `lot` steps each; the largest number where that
/// is beyond 64 bits.
[[nodiscard]] PLIMSOLL_HD constexpr std::uint64_t notional_of_lots(std::uint64_t floor, std::uint64_t lot) {
  const uint128 notional = static_cast<uint128>(floor) * lot;
  return (notional >> 64) != 0 ? ~std::uint64_t{0} : static_cast<std::uint64_t>(notional);
}

/// A state by binary64, and whether it is proven.
struct nearly_classified {
  unit_state state;
  bool sure;
};

/// classify, where binary64 can tell: it cannot where the margin equity is within 2^-46 of a threshold.
/// `maintenance_ppm` may be within 2^-51 of the requirement.
///
/// Why a sure answer is the right one. The margin equity in millionths is rounded twice, MM x call three times (the
/// constant 1e-6 is itself rounded), so each is within 2^-51 + 3 x 2^-53 < 2^-50 of what it stands for, and their
/// difference within 2^-50 of the sum of both and a rounding of its own: a tenth of the required doubt. If both are 0,
/// both are exact. margin_call_at is at least 1, so a healthy unit is not liquidatable.
[[nodiscard]] PLIMSOLL_HD constexpr nearly_classified classify_nearly(std::int64_t equity, std::int64_t margin_equity,
                                                                      double maintenance_ppm, std::uint32_t call_ppm) {
  constexpr double doubt = 1.0 / static_cast<double>(std::uint64_t{1} << 46);
  const double have = static_cast<double>(margin_equity) * 1e6;
  const double size = __builtin_fabs(have);
  const double call = maintenance_ppm * (static_cast<double>(call_ppm) * 1e-6);
  const double above = have - maintenance_ppm;
  const double above_call = have - call;
  const double doubt_above = (size + maintenance_ppm) * doubt;
  const double doubt_call = (size + call) * doubt;
  const bool bankrupt = equity < 0;
  const bool healthy = above_call >= doubt_call;
  const bool liquidatable = -above >= doubt_above;
  const bool called = static_cast<int>(above >= doubt_above) & static_cast<int>(-above_call >= doubt_call);
  const unit_state solvent =
      healthy ? unit_state::healthy : (liquidatable ? unit_state::liquidatable : unit_state::margin_call);
  return {bankrupt ? unit_state::bankrupt : solvent, bankrupt || healthy || liquidatable || called};
}

}  // namespace plimsoll
