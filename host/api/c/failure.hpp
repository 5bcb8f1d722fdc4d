// Failures of the C interface: code in this folder throws them, and each function of plimsoll.h catches them.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "plimsoll/plimsoll.h"
#include "plimsoll/refused_place.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll::c {

struct failure {
  plimsoll_status code = PLIMSOLL_INVARIANT_BROKEN;
  std::string message;
  std::uint64_t detail = 0;
  std::vector<refused_place> places{};
};

[[nodiscard]] plimsoll_status status_of(error_code code);
[[noreturn]] void fail(plimsoll_status code, std::string message);
[[noreturn]] void fail(plimsoll::error cause, std::vector<refused_place> places = {});

/// Returns the value of a call of the C++ interface, or throws its error.
template <class T>
T value_of(result<T> outcome) {
  if (!outcome) { fail(outcome.error()); }
  return std::move(outcome).value();
}
inline void must(const status& outcome) {
  if (!outcome) { fail(outcome.error()); }
}

/// The last failure of this thread, as `call` stored it.
void keep_failure(const char* name, failure&& what) noexcept;
void keep_failure(const char* name, plimsoll_status code, const char* message) noexcept;

/// Rethrows the current exception, and stores it as the last failure of function `name`.
[[nodiscard]] plimsoll_status caught(const char* name) noexcept;

/// Runs the body of a function of plimsoll.h; an exception becomes its status.
template <class Body>
plimsoll_status call(const char* name, const Body& body) noexcept {
  try {
    body();
    return PLIMSOLL_OK;
  } catch (...) { return caught(name); }
}

}  // namespace plimsoll::c
