// The state of a scanner, for the executor that acts on its book. Inside host/api only.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "host/engine/tick_engine.hpp"
#include "host/io/write_book.hpp"
#include "host/memory/guarded.hpp"
#include "host/text/refusal.hpp"
#include "plimsoll/scanner.hpp"

namespace plimsoll {

struct [[gnu::visibility("hidden")]] scanner::state {
  tick_engine engine;
  std::string why;
  int threads;
  venue_files venue{};
  std::uint64_t books = 0;  ///< Loads so far. An executor must belong to the last one.
  bool has_executor = false;
  std::optional<std::int64_t> now_ns{};  ///< The last tick's time for the ages of marks; none: the newest mark.
  std::vector<refused_place> refused{};  ///< Places that the last call refused, of the calls that can refuse places.
  plan_sink on_plan{};                   ///< Callback of the executor for the plans that updates post.
  revision_follower on_revised{};        ///< Callback of the executor, which stores ids as well.
  std::unique_ptr<backend> query_machine{};  ///< For queries about accounts; made at the first query.

  status take(book&& dense, venue_files files);
  void keep(const refusal_list& refusals);
  [[nodiscard]] backend& query_backend();
};

struct [[gnu::visibility("hidden")]] book_view::state {
  book dense;
  tick_prices prices;
};

/// Range of times that callers pass: 1823 to 2116, so that differences of any two of them fit 64 bits.
inline constexpr std::int64_t time_ns_max = std::int64_t{1} << 62;
[[nodiscard]] constexpr bool time_admitted(std::int64_t ns) { return ns >= -time_ns_max && ns <= time_ns_max; }

/// bad_data if the time of a tick is outside that range.
[[nodiscard]] status admit_times(std::span<const mark_update> marks, std::optional<std::int64_t> now_ns);

/// The result of a public call; an exception becomes an error.
template <class Body>
[[nodiscard]] status call_guarded(const char* without_memory, const Body& body) {
  return plimsoll::guarded(without_memory, [&]() -> status {
    try {
      return body();
    } catch (const std::bad_alloc&) { throw; } catch (const std::exception& thrown) {
      return error{error_code::invariant_broken,
                   std::string("Invariant: no exception is thrown here: ") + thrown.what()};
    }
  });
}

}  // namespace plimsoll
