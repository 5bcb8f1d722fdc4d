// What a scanner holds, for the executor that acts on its book. Inside host/api only.
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
  std::uint64_t books = 0;      ///< Loads so far: whoever acts on the book must be of the last.
  std::uint64_t revisions = 0;  ///< That gave ids to others: what was answered before is in ids of no meaning now.
  bool has_executor = false;
  std::vector<refused_place> refused{};  ///< By the last call that can refuse places.
  plan_sink on_plan{};                   ///< The executor's: what updates post.
  revision_follower on_revised{};        ///< The executor's: it keeps ids, too.
  std::unique_ptr<backend> asking{};     ///< For questions about accounts; made with the first.

  status take(book&& dense, venue_files files);
  void keep(const refusal_list& refusals);
  [[nodiscard]] backend& asking_machine();
};

struct [[gnu::visibility("hidden")]] book_view::state {
  book dense;
  tick_prices prices;
};

/// Times that are handed in: 1823 to 2116, so that ages and time limits of any two of them fit 64 bits.
inline constexpr std::int64_t time_ns_max = std::int64_t{1} << 62;
[[nodiscard]] constexpr bool time_admitted(std::int64_t ns) { return ns >= -time_ns_max && ns <= time_ns_max; }

/// bad_data where a tick comes with a time that is not admitted.
[[nodiscard]] status admit_times(std::span<const mark_update> marks, std::optional<std::int64_t> now_ns);

/// What a public call says; whatever is thrown becomes an error.
template <class Body>
[[nodiscard]] status call_guarded(const char* without_memory, const Body& body) {
  return plimsoll::guarded(without_memory, [&]() -> status {
    try {
      return body();
    } catch (const std::bad_alloc&) { throw; } catch (const std::exception& thrown) {
      return error{error_code::invariant_broken, std::string("Invariant: nothing throws here: ") + thrown.what()};
    }
  });
}

}  // namespace plimsoll
