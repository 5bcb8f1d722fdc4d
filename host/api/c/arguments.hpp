// What comes in through plimsoll.h and goes out again: sized structs, text, numbers. Everything is looked at before it
// is used; what can't be right is a failure.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "host/api/c/failure.hpp"
#include "plimsoll/decimal.hpp"
#include "plimsoll/update.hpp"

namespace plimsoll::c {

/// No struct of ours will ever be larger: what claims to be was never set.
inline constexpr std::uint32_t struct_size_max = 4'096;

/// The size that a struct had when it first appeared. A struct that gets fields is listed here with the size it had.
template <class Struct>
inline constexpr std::uint32_t first_size = sizeof(Struct);

template <class Struct>
[[nodiscard]] std::uint32_t size_of(const Struct* from) {
  std::uint32_t size = 0;
  std::memcpy(&size, from, sizeof size);
  return size;
}

template <class Struct>
[[nodiscard]] bool is_sized(const Struct* at) {
  return at != nullptr && size_of(at) >= first_size<Struct> && size_of(at) <= struct_size_max;
}

/// Fails unless `at` is a struct of a size that it can have.
template <class Struct>
void check_struct(const Struct* at, const char* what) {
  if (at == nullptr) { fail(PLIMSOLL_BAD_ARGUMENT, std::string(what) + " is null"); }
  if (!is_sized(at)) {
    fail(PLIMSOLL_BAD_ARGUMENT, std::string(what) + " has the struct_size " + std::to_string(size_of(at)) +
                                    "; set it to the size of its struct, " + std::to_string(sizeof(Struct)) + " here");
  }
}

/// A copy of the struct. One of a later version is taken where what this one does not know is 0.
template <class Struct>
[[nodiscard]] Struct take(const Struct* from, const char* what) {
  check_struct(from, what);
  const std::uint32_t size = size_of(from);
  Struct out{};
  std::memcpy(&out, from, std::min<std::size_t>(size, sizeof out));
  const auto* bytes = reinterpret_cast<const unsigned char*>(from);
  for (std::size_t i = sizeof out; i < size; ++i) {
    if (bytes[i] != 0) {
      fail(PLIMSOLL_BAD_ARGUMENT, std::string(what) + " sets a field that this version does not know; it is " +
                                      std::to_string(PLIMSOLL_VERSION_MAJOR) + "." +
                                      std::to_string(PLIMSOLL_VERSION_MINOR));
    }
  }
  return out;
}

/// Into a struct that `check_struct` has passed: as much as it has room for; what this version does not know becomes 0.
template <class Struct>
void give(Struct* to, const Struct& from) noexcept {
  const std::uint32_t size = size_of(to);
  auto* bytes = reinterpret_cast<unsigned char*>(to);
  std::memcpy(bytes, &from, std::min<std::size_t>(size, sizeof from));
  if (size > sizeof from) { std::memset(bytes + sizeof from, 0, size - sizeof from); }
  std::memcpy(bytes, &size, sizeof size);
}

template <class T>
T& needed(T* at, const char* what) {
  if (at == nullptr) { fail(PLIMSOLL_BAD_ARGUMENT, std::string(what) + " is null"); }
  return *at;
}

/// A text that must be there, as UTF-8.
[[nodiscard]] std::string_view text_of(const char* from, const char* what);
/// The same where null is no text.
[[nodiscard]] std::string_view optional_text(const char* from, const char* what);

[[nodiscard]] plimsoll_int128 to_c(int128 number);
[[nodiscard]] plimsoll_decimal to_c(const decimal& number);
[[nodiscard]] decimal decimal_of(const plimsoll_decimal& from, const char* what);

/// `number` as one of an enumeration whose last is `last`.
template <class Enumeration>
[[nodiscard]] Enumeration choice_of(std::int32_t number, Enumeration last, const char* what) {
  if (number < 0 || number > static_cast<std::int32_t>(last)) {
    fail(PLIMSOLL_BAD_ARGUMENT, std::string(what) + " is " + std::to_string(number) + ", and goes from 0 to " +
                                    std::to_string(static_cast<std::int32_t>(last)));
  }
  return static_cast<Enumeration>(number);
}

/// 0 or 1.
[[nodiscard]] bool flag_of(std::int32_t number, const char* what);

/// The updates of an array whose elements have the size of the first.
[[nodiscard]] std::vector<update> updates_of(const plimsoll_update* from, std::uint64_t count);

/// Writes a name into the room for it; its whole length comes back.
[[nodiscard]] std::uint32_t give_name(std::string_view name, char* to, std::uint64_t capacity) noexcept;

}  // namespace plimsoll::c
