// Evaluates units that lie far apart, one after the other.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "host/book/book.hpp"

namespace plimsoll {

/// Calls body(i) over a part of a list of units. Prefetches their rows and then their positions, because the units lie
/// far apart and the processor would wait for each.
template <class Units, class Body>
void for_scattered(const book& source, const Units& unit_at, std::size_t begin, std::size_t end, const Body& body) {
  constexpr std::size_t look_ahead = 16;  // Units whose columns are prefetched while one is evaluated.
  const auto ask = [](const auto& column, std::size_t at) { __builtin_prefetch(column.data() + at); };
  const auto ask_row = [&](std::size_t i) {
    const std::uint32_t unit = unit_at(i);
    ask(source.units.first_position, unit);
    ask(source.units.cash, unit);
    ask(source.units.code, unit);
  };
  const auto ask_positions = [&](std::size_t i) {
    const std::uint32_t position = source.units.first_position[unit_at(i)];
    ask(source.positions.instrument, position);
    ask(source.positions.lots, position);
  };
  for (std::size_t i = begin; i < std::min(end, begin + look_ahead); ++i) { ask_row(i); }
  for (std::size_t i = begin; i < end; ++i) {
    if (i + look_ahead < end) { ask_row(i + look_ahead); }
    if (i + look_ahead / 2 < end) { ask_positions(i + look_ahead / 2); }
    body(i);
  }
}

}  // namespace plimsoll
