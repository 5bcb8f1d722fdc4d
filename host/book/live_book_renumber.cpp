// A live book under other reference data: ids follow names, so what is listed renumbers what stands.
#include <utility>

#include "host/book/live_book.hpp"
#include "host/book/live_layout.hpp"
#include "host/book/sides.hpp"

namespace plimsoll {

using namespace live_layout;

namespace {

/// The side-major copy with room for new instruments, and by how much each old segment's entries have moved.
struct wider_sides {
  side_columns sides;
  std::vector<std::uint32_t> free_entries;
  std::vector<std::uint8_t> largest_stale;
  std::vector<std::uint32_t> moved_by;  ///< Per old segment.
};

wider_sides widen_sides(const side_columns& from, const std::vector<std::uint32_t>& free_entries, const std::vector<std::uint8_t>& largest_stale,
                        const std::vector<std::uint32_t>& instrument_ids, std::size_t instruments) {
  wider_sides out;
  out.sides.position.reserve(from.position.size() + entries_of_none * (2 * instruments - from.segments()));
  std::uint32_t old_segment = 0;
  for (std::uint32_t segment = 0; segment < 2 * instruments; ++segment) {
    const bool stood = old_segment < from.segments() && instrument_ids[old_segment / 2] == segment / 2;
    if (stood) {
      const std::uint32_t first = from.first_entry[old_segment];
      const std::uint32_t last = from.first_entry[old_segment + 1];
      out.moved_by.push_back(static_cast<std::uint32_t>(out.sides.position.size()) - first);
      out.sides.position.insert(out.sides.position.end(), from.position.begin() + first, from.position.begin() + last);
    } else {
      out.sides.position.insert(out.sides.position.end(), entries_of_none, no_id);
    }
    out.sides.first_entry.push_back(static_cast<std::uint32_t>(out.sides.position.size()));
    out.sides.lots.push_back(stood ? from.lots[old_segment] : 0);
    out.sides.lots_max.push_back(stood ? from.lots_max[old_segment] : 0);
    out.free_entries.push_back(stood ? free_entries[old_segment] : entries_of_none);
    out.largest_stale.push_back(stood ? largest_stale[old_segment] : std::uint8_t{0});
    old_segment += stood ? 1 : 0;
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
    wider_sides wider = widen_sides(book_.sides, free_entries_, largest_stale_, instruments, named.reference.instruments.size());
    std::vector<mark> marks(named.reference.instruments.size());
    std::vector<std::uint64_t> largest_balance(named.reference.assets.size(), 0);
    std::vector<std::uint8_t> entry_is_in(wider.sides.position.size(), 0);
    for (std::size_t i = 0; i < instruments.size(); ++i) { marks[instruments[i]] = book_.marks[i]; }
    for (std::size_t a = 0; a < assets.size(); ++a) { largest_balance[assets[a]] = largest_balance_[a]; }

    // Nothing fails from here on: so on this thread alone, as tasks take memory.
    for (unit_code& code : book_.units.code) {
      if (code.is_vacant()) { continue; }
      code = code.is_isolated() ? unit_code::isolated(instruments[code.instrument()], code.side()) : unit_code::cross(assets[code.asset()]);
    }
    for (std::uint16_t& id : book_.collateral.asset) { id = static_cast<std::uint16_t>(assets[id]); }
    for (std::uint32_t p = 0; p < book_.positions.size(); ++p) {
      if (entry_of_[p] != no_id) { entry_of_[p] += wider.moved_by[segment_of_entry(p, entry_of_[p])]; }
      book_.positions.instrument[p] = static_cast<std::uint16_t>(instruments[book_.positions.instrument[p]]);
    }
    hashes_ = std::move(hashes);
    book_.reference = std::move(named.reference);
    book_.sides = std::move(wider.sides);
    book_.marks = std::move(marks);
    free_entries_ = std::move(wider.free_entries);
    largest_stale_ = std::move(wider.largest_stale);
    largest_balance_ = std::move(largest_balance);
    entries_.slots.clear();
    entries_.is_in = std::move(entry_is_in);
    relaid_ = true;
  } catch (...) {
    next = std::move(named.reference);
    throw;
  }
}

}  // namespace plimsoll
