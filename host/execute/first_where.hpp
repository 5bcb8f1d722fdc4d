// The one search of the waterfall's sizes: for the fewest lots, or the lowest level, that are enough.
#pragma once

namespace plimsoll {

/// Smallest x in [first, last] at which `holds`, which from some x on does; `last` where it does nowhere before.
template <class Number, class Holds>
[[nodiscard]] Number first_where(Number first, Number last, const Holds& holds) {
  while (first < last) {
    const Number middle = first + (last - first) / 2;
    if (holds(middle)) {
      last = middle;
    } else {
      first = middle + 1;
    }
  }
  return first;
}

}  // namespace plimsoll
