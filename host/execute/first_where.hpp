// The search for the fewest lots, or the lowest level, that are enough.
#pragma once

namespace plimsoll {

/// Smallest x in [first, last] at which `holds`, if it then holds for all larger ones; `last` if it holds nowhere
/// before.
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
