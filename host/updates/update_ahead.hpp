// Updates name accounts all over a book that is larger than any cache. Who knows the next ones asks for their memory in
// good time.
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

/// Changes nothing, and nothing depends on what it guesses.
class update_ahead {
 public:
  update_ahead(const live_book& of, std::span<const update> updates);
  /// Before update `i`, each in turn.
  void next(std::size_t i) { look(i + lookahead); }

 private:
  struct party {
    std::uint64_t hash = 0;
    std::uint32_t id = no_id;
    both_sides positions;
  };
  /// How many updates before its own each step is taken, for what the step before it asked for.
  static constexpr std::size_t lookahead = 16;      ///< A name's slot in the index,
  static constexpr std::size_t id_ahead = 12;       ///< what stands by its id,
  static constexpr std::size_t unit_ahead = 9;      ///< its unit,
  static constexpr std::size_t row_ahead = 6;       ///< its unit's row,
  static constexpr std::size_t position_ahead = 4;  ///< the positions there,
  static constexpr std::size_t entry_ahead = 2;     ///< what is kept of them.

  void look(std::size_t last);
  template <class Step>
  void at(std::size_t i, const Step& step);

  const live_book& of_;
  std::span<const update> updates_;
  std::array<std::array<party, 2>, lookahead> parties_{};
};

}  // namespace plimsoll
