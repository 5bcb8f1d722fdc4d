// Who stands in for the bankrupt: demand of each side, and the greedy merge of losers with the ladder.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "host/engine/scan.hpp"
#include "host/memory/huge_buffer.hpp"
#include "host/memory/thread_scratch.hpp"

namespace plimsoll {

/// A bankrupt, unheld unit.
struct bankrupt_unit {
  std::uint32_t unit = 0;
  std::int64_t equity = 0;  ///< < 0
};
[[nodiscard]] std::vector<bankrupt_unit> bankrupt_units(const margin_result& margin);

/// Who stands in for the bankrupt of a tick, in room that is used again.
class cover_finder {
 public:
  /// Bankrupt units' positions with their bankruptcy values, by unit then position; in parallel. `units` rise.
  void find_bankrupt(const book& source, const tick_prices& prices, std::span<const bankrupt_unit> units,
                     std::vector<bankrupt_position>& out);

  /// What each side is asked for: rising segments. The lots include, for each loser whose account also has a position
  /// on the side it draws from, that position's lots: the loser skips it, so the prefix must reach that much further.
  void find_demands(const book& source, std::span<const bankrupt_position> bankrupt, std::vector<cover_demand>& out);

  /// Fills by instrument, long losers first, then loser (account, unit), then ladder order. Each loser takes from the
  /// first entry with lots left whose account is not its own. `ladder` holds a prefix per `segments`.
  void merge(const book& source, std::span<const bankrupt_position> bankrupt, const rank_result& ladder,
             std::span<const std::uint32_t> segments, std::vector<cover_fill>& out);

 private:
  struct wish {
    std::uint32_t segment;
    std::uint64_t lots;
  };

  /// What a merge reads of a bankrupt position,
  struct loser {
    std::uint64_t lots;
    std::uint32_t index;
    std::uint32_t account;
  };
  /// and of a ladder's entry.
  struct winner {
    std::uint64_t left;  ///< Lots that nobody has taken yet.
    std::uint32_t account;
  };

  void sort_losers(const book& source, std::span<const bankrupt_position> bankrupt);
  static void merge_side(const book& source, std::span<const bankrupt_position> bankrupt, std::span<const loser> losers,
                         std::span<const ladder_entry> prefix, winner* winners, std::vector<cover_fill>& out);

  std::vector<std::size_t> first_position_;  ///< Per unit.
  thread_scratch<allotment_scratch> allotment_;
  std::vector<wish> wishes_;                    ///< Per bankrupt position.
  std::vector<uint128> wanted_;                 ///< Per segment.
  std::vector<std::uint32_t> segment_;          ///< Per bankrupt position: its own, and
  std::vector<loser> unsorted_;                 ///< what a merge reads of it.
  std::vector<std::size_t> first_loser_;        ///< Per segment, into
  std::vector<loser> losers_;                   ///< bankrupt positions by segment.
  std::vector<std::uint32_t> prefix_of_;        ///< Per segment, or no_id.
  huge_buffer<winner> winners_;                 ///< Per entry of the prefixes.
  std::vector<std::vector<cover_fill>> fills_;  ///< Per segment of losers.
  std::vector<std::size_t> first_fill_;
};

}  // namespace plimsoll
