// Checks of calls that every backend makes first, with the same messages.
#pragma once

#include <cstddef>

#include "host/backend/backend.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll {

/// A margin pass needs a loaded book, and prices of its instruments (and, in `multi`, of its assets).
[[nodiscard]] inline status check_margin_call(const book* loaded, const tick_prices& prices) {
  if (loaded == nullptr) { return error{error_code::usage, "a margin pass was asked for before load"}; }
  const auto& reference = loaded->reference;
  const std::size_t assets = reference.venue.collateral == collateral_mode::multi ? reference.assets.size() : 0;
  if (prices.rates.size() != reference.instruments.size() || prices.held.size() != prices.rates.size() ||
      prices.assets.size() < assets || prices.asset_held.size() < assets) {
    return error{error_code::usage, "the prices are not those of the loaded book"};
  }
  return ok();
}

/// Groups must be given for every instrument (and, in `multi`, every asset).
[[nodiscard]] inline status check_groups(const book& loaded, const move_groups& groups) {
  const auto& reference = loaded.reference;
  const std::size_t assets = reference.venue.collateral == collateral_mode::multi ? reference.assets.size() : 0;
  if (groups.of_instrument.size() != reference.instruments.size() || groups.of_asset.size() < assets) {
    return error{error_code::usage, "the groups are not those of the loaded book"};
  }
  return ok();
}

/// A rank pass needs a margin pass before it, and demands with rising segments and with lots. `detail` of the error is
/// the index of the first demand that breaks this.
[[nodiscard]] inline status check_rank_call(bool ticked, std::size_t segments, const rank_request& request) {
  if (!ticked) { return error{error_code::usage, "rank was asked for before a margin pass"}; }
  for (std::size_t i = 0; i < request.demands.size() && !request.full_ladder; ++i) {
    const bool rising = i == 0 || request.demands[i - 1].segment < request.demands[i].segment;
    if (!rising || request.demands[i].segment >= segments || request.demands[i].lots == 0) {
      return error{error_code::usage, "demands must name rising segments of the book, with lots", i};
    }
  }
  return ok();
}

}  // namespace plimsoll
