// A live book under new reference data. Ids follow names, so a new listing changes the ids of existing instruments.
#include <utility>

#include "host/book/by_new_ids.hpp"
#include "host/book/live_book.hpp"
#include "host/book/live_layout.hpp"
#include "host/book/sides.hpp"

namespace plimsoll {

using namespace live_layout;

namespace {

/// Sides under new ids. Entries are not included, because they do not move. A new side has no entry, so its first
/// position takes a vacant entry of a neighbour.
struct listed_sides {
  side_columns sides;
  std::vector<std::uint8_t> largest_stale;
};

listed_sides list_sides(const side_columns& from, const std::vector<std::uint8_t>& largest_stale,
                        const std::vector<std::uint32_t>& instrument_ids, std::size_t instruments) {
  listed_sides out;
  std::uint32_t old_segment = 0;
  for (std::uint32_t segment = 0; segment < 2 * instruments; ++segment) {
    const bool is_old = old_segment < from.segments() && instrument_ids[old_segment / 2] == segment / 2;
    out.sides.lots.push_back(is_old ? from.lots[old_segment] : 0);
    out.sides.lots_max.push_back(is_old ? from.lots_max[old_segment] : 0);
    out.largest_stale.push_back(is_old ? largest_stale[old_segment] : std::uint8_t{0});
    old_segment += is_old ? 1 : 0;
    out.sides.first_entry.push_back(from.first_entry[old_segment]);
  }
  return out;
}

}  // namespace

void live_book::renumber(reference_data&& next, const reference_change& change) {
  const std::vector<std::uint32_t>& instruments = change.instrument_ids;
  const std::vector<std::uint32_t>& assets = change.asset_ids;
  book named;
  named.reference = std::move(next);
  try {
    name_hashes hashes(named);
    listed_sides listed = list_sides(book_.sides, largest_stale_, instruments, named.reference.instruments.size());
    std::vector<mark> marks(named.reference.instruments.size());
    std::vector<std::uint64_t> largest_balance(named.reference.assets.size(), 0);
    for (std::size_t i = 0; i < instruments.size(); ++i) { marks[instruments[i]] = book_.marks[i]; }
    for (std::size_t a = 0; a < assets.size(); ++a) { largest_balance[assets[a]] = largest_balance_[a]; }

    // Nothing can fail after this line. It runs on this thread alone, because tasks allocate memory.
    for (unit_code& code : book_.units.code) {
      if (!code.is_vacant()) { code = by_new_ids(code, change); }
    }
    for (std::uint16_t& id : book_.collateral.asset) { id = static_cast<std::uint16_t>(assets[id]); }
    for (std::uint16_t& id : book_.positions.instrument) { id = static_cast<std::uint16_t>(instruments[id]); }
    hashes_ = std::move(hashes);
    book_.reference = std::move(named.reference);
    listed.sides.position = std::move(book_.sides.position);
    book_.sides = std::move(listed.sides);
    book_.marks = std::move(marks);
    largest_stale_ = std::move(listed.largest_stale);
    largest_balance_ = std::move(largest_balance);
  } catch (...) {
    next = std::move(named.reference);
    throw;
  }
}

}  // namespace plimsoll
