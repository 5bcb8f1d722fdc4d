// Stale marks, which hold the units valued by them: which marks, why, and compared with which time.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "host/book/book.hpp"

namespace plimsoll {

/// Why a mark holds the units valued by it.
enum class held_reason : std::uint8_t {
  no_mark,
  no_time,  ///< The mark has no `as_of`.
  too_old,  ///< It is older than `max_mark_age`.
};
[[nodiscard]] const char* to_string(held_reason why);

/// The value of a time that is not known. Other values are UTC nanoseconds.
inline constexpr std::int64_t no_time = INT64_MIN;

/// A held instrument and its mark.
struct held_mark {
  std::uint32_t instrument = 0;
  held_reason why{};
  std::int64_t mark_ticks = no_ticks;
  std::int64_t as_of_ns = no_time;
  std::int64_t age_ns = 0;  ///< Of a mark that is too old.
};

/// The time up to which ages of marks count: `as_of_ns`, else the newest time in `marks`, if there is one.
[[nodiscard]] std::optional<std::int64_t> time_of_marks(std::span<const mark> marks,
                                                        std::optional<std::int64_t> as_of_ns);

/// The reason why a mark is stale at `now_ns`, if it is.
[[nodiscard]] std::optional<held_reason> fault_of_age(const mark& one, std::optional<std::int64_t> now_ns,
                                                      std::int64_t age_max_ns);

/// Calls `take` with every held mark, by rising instrument, without allocating. No mark is held without a
/// `max_mark_age`.
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

/// Clocks that run ahead of most others by more than `max_mark_age`, which makes all other marks stale.
struct clocks_ahead {
  std::vector<std::uint32_t> instruments;  ///< Instruments whose marks have such a time, rising; empty: no clock does.
  std::size_t behind = 0;                  ///< Marks with an earlier time.
  std::int64_t gap_ns = 0;                 ///< Time between the two groups.
};
[[nodiscard]] clocks_ahead find_clocks_ahead(const book& source, std::span<const mark> marks);

}  // namespace plimsoll
