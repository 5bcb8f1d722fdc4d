#include "host/generate/recipe.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "plimsoll/limits.hpp"

namespace plimsoll {

namespace {

/// `multi` adds spot instruments.
std::uint64_t contracts_max(collateral_mode collateral) {
  constexpr std::uint64_t spots_max = 4;
  return static_cast<std::uint64_t>(limits::instruments_max) - (collateral == collateral_mode::multi ? spots_max : 0);
}

}  // namespace

std::optional<venue_shape> parse_venue_shape(std::string_view name) {
  const auto at = std::find(venue_shape_names.begin(), venue_shape_names.end(), name);
  if (at == venue_shape_names.end()) { return std::nullopt; }
  return static_cast<venue_shape>(at - venue_shape_names.begin());
}

venue_recipe recipe_of_shape(venue_shape shape, std::uint64_t instruments) {
  venue_recipe recipe;
  recipe.shape = shape;
  recipe.instruments = instruments;
  if (shape == venue_shape::giant) {
    recipe.instruments = contracts_max(recipe.collateral);
    recipe.inverse_ppm = 0;
  }
  return recipe;
}

std::uint64_t traded_contracts(const venue_recipe& recipe) {
  if (recipe.positions == 0) { return 0; }
  if (recipe.shape == venue_shape::giant) { return recipe.instruments; }
  // At least eight positions per contract, unless the accounts could not hold that many in so few contracts.
  const std::uint64_t wanted =
      std::max(recipe.positions / 8, (recipe.positions + recipe.accounts) / (recipe.accounts + 1));
  return std::clamp<std::uint64_t>(wanted, 1, recipe.instruments);
}

status check_recipe(const venue_recipe& recipe) {
  const auto refuse = [](std::string why) { return error{error_code::usage, std::move(why)}; };
  const std::uint64_t instruments_max = contracts_max(recipe.collateral);
  if (recipe.accounts > static_cast<std::uint64_t>(limits::accounts_max)) {
    return refuse(fmt::format("at most {} accounts", limits::accounts_max));
  }
  if (recipe.positions > static_cast<std::uint64_t>(limits::positions_max)) {
    return refuse(fmt::format("at most {} positions", limits::positions_max));
  }
  if (recipe.instruments == 0 || recipe.instruments > instruments_max) {
    return refuse(fmt::format("1 to {} instruments", instruments_max));
  }
  if (recipe.positions == 1) { return refuse("one position has no counterparty; use 0, or at least 2"); }
  if (recipe.positions > 0 && recipe.accounts < 2) { return refuse("positions need at least 2 accounts"); }
  if (recipe.positions > (recipe.accounts + 1) * recipe.instruments) {
    return refuse(fmt::format("{} accounts hold at most {} positions in {} instruments", recipe.accounts,
                              (recipe.accounts + 1) * recipe.instruments, recipe.instruments));
  }
  if (recipe.shape == venue_shape::giant && recipe.positions > 0 && recipe.positions < 2 * recipe.instruments) {
    return refuse(fmt::format("the giant shape holds both sides of {} instruments, so it needs {} positions or more",
                              recipe.instruments, 2 * recipe.instruments));
  }
  if (recipe.collateral == collateral_mode::multi && recipe.inverse_ppm != 0) {
    return refuse("with multi collateral every position settles in the quote, so the inverse share must be 0");
  }
  for (const std::uint32_t share : {recipe.inverse_ppm, recipe.isolated_ppm, recipe.distressed_ppm, recipe.hedge_ppm}) {
    if (share > limits::ppm) { return refuse("a share must be from 0 to 1"); }
  }
  if (recipe.distressed_ppm + recipe.hedge_ppm > limits::ppm) {
    return refuse("the distressed and the hedged share together must be at most 1");
  }
  if (recipe.shock_ppm <= -limits::ppm || recipe.shock_ppm > 10 * limits::ppm) {
    return refuse("a shock must be above -1 and at most 10");
  }
  return ok();
}

}  // namespace plimsoll
