#include "bench/figure_text.hpp"

#include <cmath>

#include <fmt/format.h>

namespace plimsoll::bench {

std::string duration_text(double microseconds) {
  if (microseconds >= 1e6) { return fmt::format("{:.3g} s", microseconds * 1e-6); }
  if (microseconds >= 1e3) { return fmt::format("{:.3g} ms", microseconds * 1e-3); }
  return fmt::format("{:.3g} us", microseconds);
}

std::string grouped(std::uint64_t value) {
  std::string text = std::to_string(value);
  for (std::size_t end = text.size(); end > 3; end -= 3) { text.insert(end - 3, 1, ','); }
  return text;
}

std::string hexadecimal(std::uint64_t digest) { return fmt::format("{:016x}", digest); }

double rounded(double value) { return std::round(value * 1000) / 1000; }

}  // namespace plimsoll::bench
