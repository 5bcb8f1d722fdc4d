// Sums of hashes over many records, in parallel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/parallel_reduce.h>

namespace plimsoll {

/// Sum of `sum(begin, end)` over the parts of [0, count), mod 2^64. The order does not matter, so any split gives the
/// same sum. `grain`: the smallest task that is worthwhile.
template <class Sum>
[[nodiscard]] std::uint64_t sum_of_parts(std::size_t count, std::size_t grain, const Sum& sum) {
  using range = oneapi::tbb::blocked_range<std::size_t>;
  return oneapi::tbb::parallel_reduce(
      range(0, count, grain), std::uint64_t{0},
      [&](const range& part, std::uint64_t before) { return before + sum(part.begin(), part.end()); },
      std::plus<std::uint64_t>{});
}

/// The same of `hash(i)` over [0, count).
template <class Hash>
[[nodiscard]] std::uint64_t sum_of_hashes(std::size_t count, std::size_t grain, const Hash& hash) {
  return sum_of_parts(count, grain, [&](std::size_t begin, std::size_t end) {
    std::uint64_t sum = 0;
    for (std::size_t i = begin; i != end; ++i) { sum += hash(i); }
    return sum;
  });
}

}  // namespace plimsoll
