// Other reference data in the place of a book's own, while its accounts stand: what it adds, what it changes, what it
// may not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host/book/book.hpp"
#include "host/text/refusal.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll {

/// Where reference data stands in files, for refusals.
struct reference_places {
  std::string assets_file = "assets";
  std::string instruments_file = "instruments";
  std::string tiers_file = "tiers";
  std::vector<std::int64_t> asset_rows{};  ///< By id, the header being row 1; empty: not known.
  std::vector<std::int64_t> instrument_rows{};
};

/// What other reference data means for a book that stands.
struct reference_change {
  std::vector<std::uint32_t> instrument_ids;  ///< New id by old id, rising.
  std::vector<std::uint32_t> asset_ids;
  std::vector<std::uint32_t> retiered;  ///< Old ids of the instruments whose bands are others now.
  std::uint32_t instruments_added = 0;
  std::uint32_t assets_added = 0;
  [[nodiscard]] bool renumbers() const { return instruments_added != 0 || assets_added != 0; }
};

/// What `next` changes. It may have more instruments and assets, and other tiers. bad_data where anything else differs:
/// the refusals name each place. In `multi` the assets of `next` get the spot instruments that price them: what priced
/// one prices it still.
[[nodiscard]] status find_change(const reference_data& current, reference_data& next, const reference_places& places,
                                 refusal_list& refusals, reference_change& out);

/// The lowest unit whose requirement would be beyond 2^62 steps under the tiers of `next` at these rates, by standing
/// instrument id; no_id: none.
[[nodiscard]] std::uint32_t beyond_tiers(const book& current, const reference_data& next,
                                         const reference_change& change, const std::vector<value_rate>& rates);

}  // namespace plimsoll
