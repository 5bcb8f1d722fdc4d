// Moves of the whole market between two ticks, from a small one to a gap.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "host/book/book.hpp"

namespace plimsoll::bench {

/// Every mark falls by `fall_ppm`, and by a draw of its own of up to `own_ppm` more or less.
struct market_move {
  std::int32_t fall_ppm;
  std::int32_t own_ppm;
};

inline constexpr market_move quiet_move{0, 500};                ///< At most 0.05 %, up or down.
inline constexpr market_move small_move{0, 2'000};              ///< At most 0.2 %.
inline constexpr market_move move_of_1_percent{8'000, 2'000};   ///< 0.6 to 1 % down.
inline constexpr market_move move_of_3_percent{24'000, 6'000};  ///< 1.8 to 3 % down.
inline constexpr market_move gap_move{200'000, 0};              ///< A fifth down.

/// The marks after a move; a blank one stays blank. `draw` distinguishes the moves of one kind. The marks are the same
/// on every machine.
[[nodiscard]] std::vector<mark> moved_marks(std::span<const mark> marks, const market_move& move,
                                            std::uint64_t draw = 0);

/// A book's marks moved while it lives.
class moved_book {
 public:
  moved_book(book& source, const market_move& move, std::uint64_t draw = 0);
  ~moved_book();
  moved_book(const moved_book&) = delete;
  moved_book& operator=(const moved_book&) = delete;

 private:
  book& source_;
  std::vector<mark> marks_;
};

}  // namespace plimsoll::bench
