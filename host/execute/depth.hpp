// The simulated market's depth in an instrument: from the table `depths`, or from the rulebook by settlement asset.
#pragma once

#include "host/book/book.hpp"
#include "host/venue/rulebook.hpp"

namespace plimsoll {

/// Notional within `depth_move` of the mark, in whole units of the settlement asset; 0: no market. If the rulebook has
/// one amount for all, it is of the quote; depths of other assets must be named.
[[nodiscard]] inline decimal depth_of(const reference_data& reference, const market_rules& rules,
                                      const instrument& it) {
  if (it.kind == instrument_kind::spot || rules.shape == market_rules::impact::none) { return {}; }
  if (it.depth) { return *it.depth; }
  auto found = rules.depth.find(reference.assets[it.settle].name);
  if (found == rules.depth.end() && it.settle == reference.quote) { found = rules.depth.find(""); }
  return found == rules.depth.end() ? decimal{} : found->second;
}

}  // namespace plimsoll
