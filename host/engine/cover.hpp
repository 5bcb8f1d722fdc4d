// Finds who would close bankrupt positions: demand of each side, and the greedy merge of losers with the ladder.
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

/// Finds the cover of a tick. Its memory is reused from tick to tick.
class cover_finder {
 public:
  /// Bankrupt units' positions with their bankruptcy values, by unit then position. Runs in parallel. `units` must
  /// rise.
  void find_bankrupt(const book& source, const tick_prices& prices, std::span<const bankrupt_unit> units,
                     std::vector<bankrupt_position>& out);

  /// The demand of each side, by rising segment. If a loser's account also has a position on the side it draws from,
  /// the demand includes that position's lots. The loser skips that position, so the prefix must be longer by as much.
  void find_demands(const book& source, std::span<const bankrupt_position> bankrupt, std::vector<cover_demand>& out);

  /// Fills by instrument, long losers first, then loser (account, unit), then ladder order. Each loser takes from the
  /// first entry that has lots left and belongs to another account. `ladder` has a prefix for each of `segments`.
  void merge(const book& source, std::span<const bankrupt_position> bankrupt, const rank_result& ladder,
             std::span<const std::uint32_t> segments, std::vector<cover_fill>& out);

 private:
  struct wish {
    std::uint32_t segment;
    std::uint64_t lots;
  };

  /// The fields of a bankrupt position that a merge reads.
  struct loser {
    std::uint64_t lots;
    std::uint32_t index;
    std::uint32_t account;
  };
  /// The fields of a ladder's entry that a merge reads.
  struct winner {
    std::uint64_t left;  ///< Lots not taken yet.
    std::uint32_t account;
  };

  void sort_losers(const book& source, std::span<const bankrupt_position> bankrupt);
  static void merge_side(const book& source, std::span<const bankrupt_position> bankrupt, std::span<const loser> losers,
                         std::span<const ladder_entry> prefix, winner* winners, std::vector<cover_fill>& out);

  std::vector<std::size_t> first_position_;  ///< Per unit.
  thread_scratch<allotment_scratch> allotment_;
  std::vector<wish> wishes_;                    ///< Per bankrupt position.
  std::vector<uint128> wanted_;                 ///< Per segment.
  std::vector<std::uint32_t> segment_;          ///< Per bankrupt position: its own segment.
  std::vector<loser> unsorted_;                 ///< Per bankrupt position, unsorted.
  std::vector<std::size_t> first_loser_;        ///< Per segment: index into `losers_`.
  std::vector<loser> losers_;                   ///< Bankrupt positions by segment.
  std::vector<std::uint32_t> prefix_of_;        ///< Per segment, or no_id.
  huge_buffer<winner> winners_;                 ///< Per entry of the prefixes.
  std::vector<std::vector<cover_fill>> fills_;  ///< Per segment of losers.
  std::vector<std::size_t> first_fill_;
};

}  // namespace plimsoll
