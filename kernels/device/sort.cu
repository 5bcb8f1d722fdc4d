// Radix sorts by CUB; on the emulated device by a substitute with CUB's signatures.
#include "kernels/device/algorithms_detail.hpp"

#if defined(__CUDACC__)
#include <cub/device/device_radix_sort.cuh>
#else
#include "kernels/device/emulated_algorithms.hpp"
#endif

namespace plimsoll::PLIMSOLL_DEVICE_NS {
namespace detail {

result<std::size_t> sort_keys_bytes(std::uint32_t count) {
  return bytes_of(
      [&](void* memory, std::size_t& bytes) {
        const std::uint64_t* keys = nullptr;
        std::uint64_t* sorted = nullptr;
        return cub::DeviceRadixSort::SortKeys(memory, bytes, keys, sorted, count);
      },
      "sort_keys_bytes");
}

result<std::size_t> sort_pairs_bytes(std::uint32_t count) {
  return bytes_of(
      [&](void* memory, std::size_t& bytes) {
        const std::uint64_t* keys = nullptr;
        std::uint64_t* sorted_keys = nullptr;
        const std::uint32_t* values = nullptr;
        std::uint32_t* sorted_values = nullptr;
        return cub::DeviceRadixSort::SortPairs(memory, bytes, keys, sorted_keys, values, sorted_values, count);
      },
      "sort_pairs_bytes");
}

namespace {

status check_bits(key_bits bits) {
  if (0 <= bits.begin && bits.begin < bits.end && bits.end <= 64) { return ok(); }
  return error{error_code::usage,
               "Condition failed: key bits " + std::to_string(bits.begin) + " to " + std::to_string(bits.end) + ".", 0};
}

}  // namespace
}  // namespace detail

status sort_keys(const workspace& in, device_view<const std::uint64_t> keys, device_view<std::uint64_t> sorted,
                 launch_on on, key_bits bits) {
  PLIMSOLL_TRY(detail::same_length(keys.count, sorted.count, "a sort"));
  PLIMSOLL_TRY(detail::check_bits(bits));
  if (keys.count == 0) { return ok(); }
  return detail::run_in(
      in,
      [&](void* memory, std::size_t& bytes) {
        return cub::DeviceRadixSort::SortKeys(memory, bytes, keys.data, sorted.data, keys.count, bits.begin, bits.end,
                                              on.queue.get());
      },
      "sort_keys", on);
}

status sort_pairs(const workspace& in, device_view<const std::uint64_t> keys, device_view<std::uint64_t> sorted_keys,
                  device_view<const std::uint32_t> values, device_view<std::uint32_t> sorted_values, launch_on on,
                  key_bits bits) {
  PLIMSOLL_TRY(detail::same_length(keys.count, sorted_keys.count, "a sort"));
  PLIMSOLL_TRY(detail::same_length(keys.count, values.count, "a sort with values"));
  PLIMSOLL_TRY(detail::same_length(keys.count, sorted_values.count, "a sort with values"));
  PLIMSOLL_TRY(detail::check_bits(bits));
  if (keys.count == 0) { return ok(); }
  return detail::run_in(
      in,
      [&](void* memory, std::size_t& bytes) {
        return cub::DeviceRadixSort::SortPairs(memory, bytes, keys.data, sorted_keys.data, values.data,
                                               sorted_values.data, keys.count, bits.begin, bits.end, on.queue.get());
      },
      "sort_pairs", on);
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
