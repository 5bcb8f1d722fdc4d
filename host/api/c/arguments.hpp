// Converts arguments and results of plimsoll.h: sized structs, text, numbers. Every argument is checked before its use,
// and an invalid one is a failure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "host/api/c/failure.hpp"
#include "plimsoll/decimal.hpp"
#include "plimsoll/update.hpp"

namespace plimsoll::c {

/// No struct will ever be larger, so a larger size means that it was not initialised.
inline constexpr std::uint32_t struct_size_max = 4'096;

/// The size of a struct in its first version. A struct that gets fields is listed here with its former size.
template <class Struct>
inline constexpr std::uint32_t first_size = sizeof(Struct);
template <>
inline constexpr std::uint32_t first_size<plimsoll_tick> = offsetof(plimsoll_tick, demand_rows);
template <>
inline constexpr std::uint32_t first_size<plimsoll_execution> = offsetof(plimsoll_execution, flows_rows);

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

/// The fields that the caller's struct has. Fields beyond its size are 0, and all fields are 0 if its size is wrong.
template <class Struct>
[[nodiscard]] Struct fields_of(const Struct* at) noexcept {
  Struct out{};
  if (is_sized(at)) { std::memcpy(&out, at, std::min<std::size_t>(size_of(at), sizeof out)); }
  return out;
}

/// Fails unless `at` is a struct with a possible size.
template <class Struct>
void check_struct(const Struct* at, const char* what) {
  if (at == nullptr) { fail(PLIMSOLL_BAD_ARGUMENT, std::string(what) + " is null"); }
  if (!is_sized(at)) {
    fail(PLIMSOLL_BAD_ARGUMENT, std::string(what) + " has the struct_size " + std::to_string(size_of(at)) +
                                    "; set it to the size of its struct, " + std::to_string(sizeof(Struct)) + " here");
  }
}

/// A copy of the struct. A struct of a later version is accepted if all fields that this version does not know are 0.
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

/// Copies into a struct that `check_struct` accepted, as much as fits; fields that this version does not know become 0.
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

/// A required text, as UTF-8.
[[nodiscard]] std::string_view text_of(const char* from, const char* what);
/// The same for an optional text; null means that there is none.
[[nodiscard]] std::string_view optional_text(const char* from, const char* what);

[[nodiscard]] plimsoll_int128 to_c(int128 number);
[[nodiscard]] plimsoll_decimal to_c(const decimal& number);
[[nodiscard]] decimal decimal_of(const plimsoll_decimal& from, const char* what);

/// `number` as a value of an enumeration whose last value is `last`.
template <class Enumeration>
[[nodiscard]] Enumeration choice_of(std::int32_t number, Enumeration last, const char* what) {
  if (number < 0 || number > static_cast<std::int32_t>(last)) {
    fail(PLIMSOLL_BAD_ARGUMENT, std::string(what) + " is " + std::to_string(number) + ", but must be from 0 to " +
                                    std::to_string(static_cast<std::int32_t>(last)));
  }
  return static_cast<Enumeration>(number);
}

/// 0 or 1.
[[nodiscard]] bool flag_of(std::int32_t number, const char* what);

/// The updates of an array whose elements have the size of the first.
[[nodiscard]] std::vector<update> updates_of(const plimsoll_update* from, std::uint64_t count);

/// Writes a name into a buffer; returns its full length.
[[nodiscard]] std::uint32_t give_name(std::string_view name, char* to, std::uint64_t capacity) noexcept;

}  // namespace plimsoll::c
