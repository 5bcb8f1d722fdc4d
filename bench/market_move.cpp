#include "bench/market_move.hpp"

#include <cstddef>
#include <utility>

#include "host/generate/random.hpp"
#include "kernels/rules/shock.hpp"

namespace plimsoll::bench {

std::vector<mark> moved_marks(std::span<const mark> marks, const market_move& move, std::uint64_t draw) {
  std::vector<mark> moved(marks.begin(), marks.end());
  for (std::size_t i = 0; i < moved.size(); ++i) {
    if (moved[i].ticks <= 0) { continue; }
    random_stream random(draw, i);
    const std::int64_t change_ppm = random.between(-move.own_ppm, move.own_ppm) - move.fall_ppm;
    moved[i].ticks = shocked_ticks(moved[i].ticks, price_move::of_ppm(change_ppm));
  }
  return moved;
}

moved_book::moved_book(book& source, const market_move& move, std::uint64_t draw)
    : source_(source), marks_(std::exchange(source.marks, moved_marks(source.marks, move, draw))) {}

moved_book::~moved_book() { source_.marks = std::move(marks_); }

}  // namespace plimsoll::bench
