// Errors as values: what every call that can fail returns. No exception crosses the API.
#pragma once

#include <cassert>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>

namespace plimsoll {

/// Why a call failed. There is one code for each kind of cause; the message gives the particulars.
enum class error_code : std::uint8_t {
  usage,             ///< The caller asked for something that does not exist or contradicts itself.
  bad_data,          ///< The input breaks a rule of the format; `refusals` names the places.
  not_supported,     ///< Valid, but this version does not do it yet.
  io,                ///< A file or folder could not be read or written.
  out_of_memory,     ///< Host memory is exhausted.
  device_missing,    ///< No usable device: no driver, no device, or one too old.
  device_memory,     ///< Device or pinned memory is exhausted.
  device_fault,      ///< A device call failed; the context is still usable.
  device_lost,       ///< A device call failed for good; the context must not be used again.
  interrupted,       ///< The user or the embedder asked to stop.
  invariant_broken,  ///< A check of Plimsoll's own failed: a defect, never the caller's fault.
};

/// Text of a code, as printed in messages: "bad_data", "device_lost", ...
[[nodiscard]] constexpr const char* to_string(error_code code) {
  switch (code) {
    case error_code::usage: return "usage";
    case error_code::bad_data: return "bad_data";
    case error_code::not_supported: return "not_supported";
    case error_code::io: return "io";
    case error_code::out_of_memory: return "out_of_memory";
    case error_code::device_missing: return "device_missing";
    case error_code::device_memory: return "device_memory";
    case error_code::device_fault: return "device_fault";
    case error_code::device_lost: return "device_lost";
    case error_code::interrupted: return "interrupted";
    case error_code::invariant_broken: return "invariant_broken";
  }
  return "unknown";
}

/// A failure: its kind, a sentence for people, and a number for programs (errno, cudaError_t, ...).
struct error {
  error_code code;
  std::string message;
  std::uint64_t detail = 0;
};

/// Either a value or an error. Test it before use: taking the wrong one is a defect and asserts.
template <class T>
class [[nodiscard]] result {
 public:
  result(T value) : state_(std::in_place_index<0>, std::move(value)) {}                // NOLINT: implicit by design
  result(plimsoll::error cause) : state_(std::in_place_index<1>, std::move(cause)) {}  // NOLINT: implicit by design

  [[nodiscard]] bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  [[nodiscard]] T& value() & {
    assert(has_value());
    return *std::get_if<0>(&state_);
  }
  [[nodiscard]] const T& value() const& {
    assert(has_value());
    return *std::get_if<0>(&state_);
  }
  [[nodiscard]] T&& value() && {
    assert(has_value());
    return std::move(*std::get_if<0>(&state_));
  }
  [[nodiscard]] plimsoll::error& error() & {
    assert(!has_value());
    return *std::get_if<1>(&state_);
  }
  [[nodiscard]] const plimsoll::error& error() const& {
    assert(!has_value());
    return *std::get_if<1>(&state_);
  }

 private:
  std::variant<T, plimsoll::error> state_;
};

/// The result of a call that returns only whether it succeeded.
using status = result<std::monostate>;

/// Success without a value.
[[nodiscard]] inline status ok() { return std::monostate{}; }

}  // namespace plimsoll

/// Returns the error of `expression`, if it has one, from the enclosing function.
#define PLIMSOLL_TRY(expression)                                                                        \
  do {                                                                                                  \
    if (auto plimsoll_try_ = (expression); !plimsoll_try_) { return std::move(plimsoll_try_).error(); } \
  } while (false)
