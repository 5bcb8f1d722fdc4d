// Marks of a hypothetical tick: all contracts moved by one fraction, or by their betas, or each by a fraction of its
// own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/book/book.hpp"
#include "host/replay/replay.hpp"
#include "kernels/rules/shock.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll {

/// Beta of each instrument that has one, in millionths; empty: no betas were given.
using beta_list = std::vector<std::optional<std::int64_t>>;
inline constexpr std::int64_t beta_millionths_max = 1'000'000'000'000;

struct market_shock {
  std::string text;               ///< As it was requested.
  std::vector<price_move> moves;  ///< By instrument; 0: the mark does not change.
};

/// "-0.2": every contract moves by that fraction of its mark, times its beta if `betas` has one. A spot price only
/// values collateral, so it moves if it has a beta and is unchanged otherwise. "A=-0.3,B=0.1": these instruments, spot
/// included, move by these fractions, whatever their beta; the others are unchanged. Shocks are above -1, at most 10,
/// and have at most six decimals. Errors are of code usage and name the wrong part.
[[nodiscard]] result<market_shock> parse_shock(std::string_view text, const book& source, const beta_list& betas);

/// A list of shocks: plain shocks are separated by commas, named ones by semicolons ("-0.1,-0.2;A=-0.3,B=0.1"). No
/// shock may be repeated.
[[nodiscard]] result<std::vector<market_shock>> parse_shocks(std::string_view list, const book& source,
                                                             const beta_list& betas);

/// The marks after a shock, each by `shocked_ticks`; the other fields of a mark (`as_of`, index, forward) are
/// unchanged.
[[nodiscard]] tick_marks shocked_marks(const book& source, const market_shock& shock, std::int64_t tick);

}  // namespace plimsoll
