// Device-wide scans, sorts and selections: the one interface to CUB, with a host substitute on the emulated device.
//
// Nothing here allocates or waits, so all of it may be recorded in a graph. CUB's working memory is allocated once, up
// front, as a `workspace`; calls on one stream may share one.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/device/runtime.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

/// The largest counts that a workspace must serve; 0 for an algorithm that is not used.
struct algorithm_sizes {
  std::uint32_t scan = 0;        ///< exclusive_sum, inclusive_sum
  std::uint32_t sort_keys = 0;   ///< sort_keys
  std::uint32_t sort_pairs = 0;  ///< sort_pairs
  std::uint32_t select = 0;      ///< select_flagged
};

/// Bytes that a workspace for these counts takes. Errors: device_missing, device_fault.
result<std::size_t> workspace_bytes(const algorithm_sizes& sizes);

/// Device memory in which the algorithms work; its content is undefined between calls.
class workspace {
 public:
  workspace() = default;
  /// Errors: device_missing, device_memory, device_lost. Allocates: never in a tick.
  static result<workspace> make(const algorithm_sizes& sizes);
  [[nodiscard]] void* data() const { return memory_.data(); }
  [[nodiscard]] std::size_t bytes() const { return memory_.count() * sizeof(block); }

 private:
  struct alignas(256) block {
    std::byte bytes[256];
  };
  explicit workspace(device_buffer<block> memory) : memory_(std::move(memory)) {}
  device_buffer<block> memory_;
};

// For all calls: the views must be as long as the first one, else the call returns usage; a workspace made for fewer
// elements makes it return device_fault. Inputs stay as they are. Other errors: device_lost.

/// sums[i] = values[0] + ... + values[i - 1], modulo 2^32 or 2^64. `sums` may be `values`.
status exclusive_sum(const workspace& in, device_view<const std::uint32_t> values, device_view<std::uint32_t> sums,
                     launch_on on);
status exclusive_sum(const workspace& in, device_view<const std::uint64_t> values, device_view<std::uint64_t> sums,
                     launch_on on);

/// sums[i] = values[0] + ... + values[i], modulo 2^32 or 2^64. `sums` may be `values`.
status inclusive_sum(const workspace& in, device_view<const std::uint32_t> values, device_view<std::uint32_t> sums,
                     launch_on on);
status inclusive_sum(const workspace& in, device_view<const std::uint64_t> values, device_view<std::uint64_t> sums,
                     launch_on on);

/// The bits of a key that a sort looks at: from `begin` on, up to and without `end`. Each 8 bits are a pass.
struct key_bits {
  int begin = 0;
  int end = 64;
};

/// Keys, ascending by their `bits`; keys equal there keep their order. No two views may overlap.
status sort_keys(const workspace& in, device_view<const std::uint64_t> keys, device_view<std::uint64_t> sorted,
                 launch_on on, key_bits bits = {});

/// Keys, ascending by their `bits`, each with its value; keys equal there keep their order. No two views may
/// overlap.
status sort_pairs(const workspace& in, device_view<const std::uint64_t> keys, device_view<std::uint64_t> sorted_keys,
                  device_view<const std::uint32_t> values, device_view<std::uint32_t> sorted_values, launch_on on,
                  key_bits bits = {});

/// The indices whose flag is not 0, ascending, at the front of `indices`; how many, in `*selected`. The rest of
/// `indices` is left as it was.
status select_flagged(const workspace& in, device_view<const std::uint8_t> flags, device_view<std::uint32_t> indices,
                      device_view<std::uint32_t> selected, launch_on on);

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
