// Updates touch accounts at random in a book larger than any cache. Prefetches the rows of the next few updates.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "host/book/find.hpp"
#include "host/book/live_book.hpp"
#include "plimsoll/update.hpp"

namespace plimsoll {

/// Changes nothing. A wrong guess only costs a wasted prefetch.
class update_ahead {
 public:
  update_ahead(const live_book& of, std::span<const update> updates);
  /// Call it before update `i`, for each i in order.
  void next(std::size_t i) { look(i + lookahead); }

 private:
  struct party {
    std::uint64_t hash = 0;
    std::uint32_t id = no_id;
    both_sides positions;
  };
  /// How many updates ahead each step runs. A step needs the memory that the step before it prefetched.
  static constexpr std::size_t lookahead = 16;      ///< A name's slot in the index.
  static constexpr std::size_t id_ahead = 12;       ///< The name's id, and the account's first unit.
  static constexpr std::size_t unit_ahead = 9;      ///< The unit.
  static constexpr std::size_t row_ahead = 6;       ///< The unit's row of instruments.
  static constexpr std::size_t position_ahead = 4;  ///< The positions in the instrument.
  static constexpr std::size_t entry_ahead = 2;     ///< The entries of these positions.

  void look(std::size_t last);
  template <class Step>
  void at(std::size_t i, const Step& step);

  const live_book& of_;
  std::span<const update> updates_;
  std::array<std::array<party, 2>, lookahead> parties_{};
};

}  // namespace plimsoll
