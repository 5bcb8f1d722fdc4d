// Marks of a tick that never was: all contracts moved by one part, or by their betas, or each as named.
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

/// Beta of each instrument in millionths, where one is given; empty: no betas at all.
using beta_list = std::vector<std::optional<std::int64_t>>;
inline constexpr std::int64_t beta_millionths_max = 1'000'000'000'000;

struct market_shock {
  std::string text;               ///< As it was asked for.
  std::vector<price_move> moves;  ///< By instrument; 0: the mark stays.
};

/// "-0.2": every contract moves by that part of its mark, times its beta where `betas` has one; a spot price, which
/// only values collateral, moves where it has a beta and stays where it has none. "A=-0.3,B=0.1": these instruments,
/// spot too, move by these parts, whatever their beta; the others stay. Shocks lie above -1, are at most 10 and have at
/// most six decimals. Errors are of code usage and name what is wrong.
[[nodiscard]] result<market_shock> parse_shock(std::string_view text, const book& source, const beta_list& betas);

/// A list of shocks: plain ones between commas, named ones between semicolons ("-0.1,-0.2;A=-0.3,B=0.1"). None twice.
[[nodiscard]] result<std::vector<market_shock>> parse_shocks(std::string_view list, const book& source,
                                                             const beta_list& betas);

/// The marks after a shock, each by `shocked_ticks`; what else a mark carries (`as_of`, index, forward) stays.
[[nodiscard]] tick_marks shocked_marks(const book& source, const market_shock& shock, std::int64_t tick);

}  // namespace plimsoll
