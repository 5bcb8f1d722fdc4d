// Shared by algorithms.cu and sort.cu, which are apart because each CUB algorithm costs seconds to compile.
#pragma once

#include "kernels/device/algorithms.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS::detail {

/// Bytes that each algorithm needs.
result<std::size_t> scan_bytes(std::uint32_t count);
result<std::size_t> select_bytes(std::uint32_t count);
result<std::size_t> sort_keys_bytes(std::uint32_t count);
result<std::size_t> sort_pairs_bytes(std::uint32_t count);

/// Returns the memory that `call(memory, bytes)`, a CUB algorithm called without memory, needs.
template <class Call>
result<std::size_t> bytes_of(Call call, const char* what) {
  std::size_t bytes = 0;
  PLIMSOLL_TRY(cuda_ok(call(nullptr, bytes), what));
  return bytes;
}

/// Runs `call(memory, bytes)` in a workspace.
template <class Call>
status run_in(const workspace& in, Call call, const char* what, const launch_on& on) {
  std::size_t bytes = in.bytes();
  if (bytes == 0) {
    return error{error_code::device_fault, std::string(what) + ": the workspace was made for none.", 0};
  }
  return cuda_ok(call(in.data(), bytes), what, on.where);
}

inline status same_length(std::uint32_t first, std::uint32_t other, const char* what) {
  if (first == other) { return ok(); }
  return error{error_code::usage,
               std::string("Condition failed: ") + what + " of " + std::to_string(first) + " elements into " +
                   std::to_string(other) + ".",
               other};
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS::detail
