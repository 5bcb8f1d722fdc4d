#include "host/text/near_name.hpp"

#include <algorithm>

namespace plimsoll {

std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t most) {
  const std::size_t gap = a.size() > b.size() ? a.size() - b.size() : b.size() - a.size();
  if (gap > most) { return most + 1; }
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> above(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) { above[j] = j; }
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    std::size_t least = row[0];
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
      least = std::min(least, row[j]);
    }
    if (least > most) { return most + 1; }
    std::swap(before, above);
    std::swap(above, row);
  }
  return above[b.size()];
}

std::string nearest_name(std::string_view wanted, const std::vector<std::string_view>& names) {
  const std::size_t most = std::max<std::size_t>(1, wanted.size() / 3);
  std::size_t best = most + 1;
  std::string_view found;
  for (const std::string_view name : names) {
    const std::size_t distance = edit_distance(wanted, name, most);
    if (distance < best) {
      best = distance;
      found = name;
    }
  }
  return std::string(found);
}

}  // namespace plimsoll
