// Digests of the results of single stages, so that a record can be checked on another machine. Indices replace names,
// because the book is the same. docs/design.md section 7, "Digests".
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/parallel_reduce.h>

#include "host/backend/backend.hpp"
#include "host/book/book.hpp"
#include "kernels/rules/digest.hpp"

namespace plimsoll::bench {

/// First word of each record hashed here; those of a tick's own digests are below 100.
namespace stage_record {
inline constexpr std::uint64_t verdict = 101;    ///< unit, verdict
inline constexpr std::uint64_t figures = 102;    ///< unit, equity, margin equity, MM (2 words), IM (2 words), verdict
inline constexpr std::uint64_t flagged = 103;    ///< place, unit
inline constexpr std::uint64_t score = 104;      ///< entry, key
inline constexpr std::uint64_t lights = 105;     ///< entry, lights
inline constexpr std::uint64_t prefix = 106;     ///< prefix, place in it, position, key
inline constexpr std::uint64_t book_unit = 107;  ///< account's name, code, balance, cash
inline constexpr std::uint64_t book_position = 108;  ///< unit, instrument, lots, cost
inline constexpr std::uint64_t judged = 109;         ///< unit, verdict, equity, margin equity, MM (2 words)
inline constexpr std::uint64_t judgement = 110;      ///< units by state (4 words), held
}  // namespace stage_record

/// Sum of `hash(i)` over [0, count), mod 2^64.
template <class Hash>
[[nodiscard]] std::uint64_t sum_of_hashes(std::size_t count, const Hash& hash) {
  using range = oneapi::tbb::blocked_range<std::size_t>;
  return oneapi::tbb::parallel_reduce(
      range(0, count, 4096), std::uint64_t{0},
      [&](const range& part, std::uint64_t sum) {
        for (std::size_t i = part.begin(); i != part.end(); ++i) { sum += hash(i); }
        return sum;
      },
      std::plus<std::uint64_t>{});
}

[[nodiscard]] std::uint64_t digest_of_verdicts(const margin_result& margin);
[[nodiscard]] std::uint64_t digest_of_figures(const margin_result& margin);
[[nodiscard]] std::uint64_t digest_of_judgement(const tick_judgement& judgement);
[[nodiscard]] std::uint64_t digest_of_flagged(const margin_result& margin);
[[nodiscard]] std::uint64_t digest_of_scores(const rank_result& ranks);
[[nodiscard]] std::uint64_t digest_of_lights(const rank_result& ranks);
[[nodiscard]] std::uint64_t digest_of_prefixes(const rank_result& ranks);
[[nodiscard]] std::uint64_t digest_of_book(const book& source);

}  // namespace plimsoll::bench
