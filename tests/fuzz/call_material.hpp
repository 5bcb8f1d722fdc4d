// The arguments of calls, and the conditions after a call, with any other fault in it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "plimsoll/plimsoll.h"
#include "tests/fuzz/c_interface.hpp"
#include "tests/fuzz/must.hpp"
#include "tests/fuzz/tape.hpp"

namespace plimsoll::fuzz {

inline constexpr std::uint32_t struct_size_max = 4'096;

/// The size that a struct had when it first appeared: programs of that time are answered still.
template <class Struct>
inline constexpr std::uint32_t first_size = sizeof(Struct);
template <>
inline constexpr std::uint32_t first_size<plimsoll_tick> = offsetof(plimsoll_tick, demand_rows);
template <>
inline constexpr std::uint32_t first_size<plimsoll_execution> = offsetof(plimsoll_execution, flows_rows);

/// A struct with its size, now and then a wrong one.
template <class Struct>
Struct sized(tape& choices) {
  constexpr std::uint32_t first = first_size<Struct>;
  constexpr std::uint32_t odd[] = {0, 1, 4, first - 1, struct_size_max + 1, 0xffffffffU, first - 8, first};
  Struct out{};
  out.struct_size = choices.once_in(100) ? choices.one_of(odd) : static_cast<std::uint32_t>(sizeof(Struct));
  return out;
}
template <class Struct>
bool has_size(const Struct& one) {
  return one.struct_size >= first_size<Struct> && one.struct_size <= struct_size_max;
}

/// A struct that an answer goes into, sometimes one of a later version. Nothing behind its own size may be written.
template <class Struct>
struct answer_struct {
  explicit answer_struct(tape& choices) : now(sized<Struct>(choices)) {
    if (choices.once_in(8)) {
      now.struct_size = sizeof now + sizeof behind;
      behind = choices.below(2);
      is_later = true;
    }
    before = behind;
    size = now.struct_size;
  }
  void check(bool succeeded) const {
    must(now.struct_size == size, "the size of a struct was changed");
    must(behind == before || (is_later && behind == 0), "something was written behind a struct");
    must(!succeeded || !is_later || before == 0, "a field of a later version was passed over");
  }
  Struct now;
  std::uint64_t behind = 7;
  std::uint64_t before = 7;
  std::uint32_t size = 0;
  bool is_later = false;
};

/// The places into which a call puts tables. They hold garbage that no call may release.
class places {
 public:
  explicit places(tape& choices) : wanted_(choices.below(512)), same_(choices.once_in(32)) {
    for (ArrowArrayStream& one : all_) {
      one.release = [](ArrowArrayStream*) { must(false, "the old content of a table was released"); };
    }
  }
  /// Null if the tape chooses none.
  ArrowArrayStream* at(std::size_t i) {
    if ((wanted_ >> i & 1) == 0) { return nullptr; }
    return &all_.at(same_ ? 0 : i);
  }
  /// After a call that saw places [first, first + count): each has a stream, or nothing after a failure. Their rows.
  std::array<std::uint64_t, 6> settle(plimsoll_status outcome, std::size_t first, std::size_t count);

 private:
  std::array<ArrowArrayStream, 9> all_{};
  std::uint32_t wanted_;
  bool same_;
};

/// New marks, a table of them among them if the tape chooses it.
class marks_given {
 public:
  marks_given(plimsoll_scanner reenter, tape& choices);
  [[nodiscard]] const plimsoll_marks* get() const { return is_null_ ? nullptr : &all_; }
  /// After the call: passed streams are released.
  void settle();

 private:
  plimsoll_marks all_;
  std::vector<plimsoll_mark> marks_;
  ArrowArrayStream rows_{};
  bool is_null_;
};

/// Checks the status of a call and its last error. Returns the status.
plimsoll_status checked_status(plimsoll_status outcome, const char* function);

[[nodiscard]] std::uint32_t draw_id(tape& choices);
[[nodiscard]] const char* draw_name(tape& choices);
[[nodiscard]] int draw_enumerated(tape& choices, int last);
[[nodiscard]] plimsoll_decimal draw_decimal(tape& choices);
[[nodiscard]] plimsoll_update draw_update(tape& choices, std::uint32_t usual_asset);

/// Counters that `counted` shows.
[[nodiscard]] tally& counters();

}  // namespace plimsoll::fuzz
