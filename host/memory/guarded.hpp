// Turns a lack of memory into an error value.
#pragma once

#include <new>
#include <string>

#include "plimsoll/result.hpp"

namespace plimsoll {

/// An error out_of_memory, with a shorter text if there is no memory even for `message`.
[[nodiscard]] inline error out_of_memory(const char* message) noexcept {
  try {
    return error{error_code::out_of_memory, message};
  } catch (const std::bad_alloc&) {
    return error{error_code::out_of_memory, "out of memory"};  // Short enough to need no allocation.
  }
}

/// Returns the result of a call that allocates, or out_of_memory with `message` if an allocation failed.
template <class Body>
[[nodiscard]] status guarded(const char* message, const Body& body) {
  try {
    return body();
  } catch (const std::bad_alloc&) { return out_of_memory(message); }
}

}  // namespace plimsoll
