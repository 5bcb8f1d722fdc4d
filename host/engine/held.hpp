// Marks that hold what is valued by them: which, why, and against which time.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "host/book/book.hpp"

namespace plimsoll {

/// Why a mark holds what is valued by it.
enum class held_reason : std::uint8_t {
  no_mark,
  no_time,  ///< The mark has no `as_of`.
  too_old,  ///< It is older than `max_mark_age`.
};
[[nodiscard]] const char* to_string(held_reason why);

/// In the place of UTC nanoseconds: there is no time.
inline constexpr std::int64_t no_time = INT64_MIN;

/// A held instrument and its mark.
struct held_mark {
  std::uint32_t instrument = 0;
  held_reason why{};
  std::int64_t mark_ticks = no_ticks;
  std::int64_t as_of_ns = no_time;
  std::int64_t age_ns = 0;  ///< Of a mark that is too old.
};

/// The time that ages are taken against: `as_of_ns`, else the newest in `marks`, if one has a time.
[[nodiscard]] std::optional<std::int64_t> time_of_marks(std::span<const mark> marks,
                                                        std::optional<std::int64_t> as_of_ns);

/// Why a mark is held at `now_ns`, if it is.
[[nodiscard]] std::optional<held_reason> fault_of_age(const mark& one, std::optional<std::int64_t> now_ns,
                                                      std::int64_t age_max_ns);

/// Gives every held mark to `take`, by rising instrument, without allocating; none without a `max_mark_age`.
template <class Take>
void each_held(const book& source, std::span<const mark> marks, std::optional<std::int64_t> as_of_ns, Take&& take) {
  const auto age_max = source.reference.venue.max_mark_age_ns;
  if (!age_max) { return; }
  const std::optional<std::int64_t> now = time_of_marks(marks, as_of_ns);
  for (std::uint32_t i = 0; i < marks.size(); ++i) {
    const auto why = fault_of_age(marks[i], now, *age_max);
    if (!why) { continue; }
    const std::int64_t as_of = marks[i].as_of_ns.value_or(no_time);
    take(held_mark{i, *why, marks[i].ticks, as_of, *why == held_reason::too_old ? *now - as_of : 0});
  }
}

/// The same as a list.
[[nodiscard]] std::vector<held_mark> find_held(const book& source, std::span<const mark> marks,
                                               std::optional<std::int64_t> as_of_ns);

/// Clocks that run ahead of most others by more than `max_mark_age`, so that they hold the others.
struct clocks_ahead {
  std::vector<std::uint32_t> instruments;  ///< Whose marks are of such a time, rising; none: no clock does.
  std::size_t behind = 0;                  ///< Marks with an earlier time.
  std::int64_t gap_ns = 0;                 ///< Between the two.
};
[[nodiscard]] clocks_ahead find_clocks_ahead(const book& source, std::span<const mark> marks);

}  // namespace plimsoll
