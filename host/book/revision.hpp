// Replaces a book's reference data while its accounts stay: finds additions and changes, and refuses other differences.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host/book/book.hpp"
#include "host/text/refusal.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll {

/// File names and rows of reference data, for refusals.
struct reference_places {
  std::string assets_file = "assets";
  std::string instruments_file = "instruments";
  std::string tiers_file = "tiers";
  std::vector<std::int64_t> asset_rows{};  ///< By id; the header is row 1. Empty: unknown.
  std::vector<std::int64_t> instrument_rows{};
};

/// The difference between new reference data and a loaded book's.
struct reference_change {
  std::vector<std::uint32_t> instrument_ids;  ///< New id by old id, rising.
  std::vector<std::uint32_t> asset_ids;
  std::vector<std::uint32_t> retiered;  ///< Old ids of the instruments that have new bands.
  std::uint32_t instruments_added = 0;
  std::uint32_t assets_added = 0;
  [[nodiscard]] bool renumbers() const { return instruments_added != 0 || assets_added != 0; }
};

/// Finds the changes in `next`. It may have more instruments and assets, and other tiers. bad_data if anything else
/// differs; the refusals name each place. In `multi` the assets of `next` get the spot instruments that price them: an
/// asset keeps the one that it has.
[[nodiscard]] status find_change(const reference_data& current, reference_data& next, const reference_places& places,
                                 refusal_list& refusals, reference_change& out);

/// The lowest unit whose requirement would exceed 2^62 steps under the tiers of `next` at these rates, which are by
/// instrument id of `current`; no_id: none.
[[nodiscard]] std::uint32_t beyond_tiers(const book& current, const reference_data& next,
                                         const reference_change& change, const std::vector<value_rate>& rates);

}  // namespace plimsoll
