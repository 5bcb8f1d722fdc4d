// Memory that cannot be had, as an error value.
#pragma once

#include <new>
#include <string>

#include "plimsoll/result.hpp"

namespace plimsoll {

/// out_of_memory, with a shorter text where even `message` finds no memory.
[[nodiscard]] inline error out_of_memory(const char* message) noexcept {
  try {
    return error{error_code::out_of_memory, message};
  } catch (const std::bad_alloc&) {
    return error{error_code::out_of_memory, "out of memory"};  // Short enough to lie within the string.
  }
}

/// What a call says that may find no memory; out_of_memory with `message` where it did not.
template <class Body>
[[nodiscard]] status guarded(const char* message, const Body& body) {
  try {
    return body();
  } catch (const std::bad_alloc&) { return out_of_memory(message); }
}

}  // namespace plimsoll
