// Scans and selection by CUB; on the emulated device by a substitute with CUB's signatures.
#include <algorithm>

#include "kernels/device/algorithms_detail.hpp"

#if defined(__CUDACC__)
#include <cub/device/device_scan.cuh>
#include <cub/device/device_select.cuh>
#include <thrust/iterator/counting_iterator.h>
#else
#include "kernels/device/emulated_algorithms.hpp"
#endif

namespace plimsoll::PLIMSOLL_DEVICE_NS {
namespace {

#if defined(__CUDACC__)
using every_index = thrust::counting_iterator<std::uint32_t>;
#else
using every_index = cub::every_index;
#endif

template <class T>
status exclusive(const workspace& in, device_view<const T> values, device_view<T> sums, const launch_on& on) {
  PLIMSOLL_TRY(detail::same_length(values.count, sums.count, "an exclusive sum"));
  if (values.count == 0) { return ok(); }
  return detail::run_in(
      in,
      [&](void* memory, std::size_t& bytes) {
        return cub::DeviceScan::ExclusiveSum(memory, bytes, values.data, sums.data, values.count, on.queue.get());
      },
      "exclusive_sum", on);
}

template <class T>
status inclusive(const workspace& in, device_view<const T> values, device_view<T> sums, const launch_on& on) {
  PLIMSOLL_TRY(detail::same_length(values.count, sums.count, "an inclusive sum"));
  if (values.count == 0) { return ok(); }
  return detail::run_in(
      in,
      [&](void* memory, std::size_t& bytes) {
        return cub::DeviceScan::InclusiveSum(memory, bytes, values.data, sums.data, values.count, on.queue.get());
      },
      "inclusive_sum", on);
}

}  // namespace

// --------------------------------------------------------------------------------------------- workspace

namespace detail {

result<std::size_t> scan_bytes(std::uint32_t count) {
  // The size for 64-bit values: 32-bit values need no more.
  return bytes_of(
      [&](void* memory, std::size_t& bytes) {
        const std::uint64_t* values = nullptr;
        std::uint64_t* sums = nullptr;
        return cub::DeviceScan::InclusiveSum(memory, bytes, values, sums, count);
      },
      "scan_bytes");
}

result<std::size_t> select_bytes(std::uint32_t count) {
  return bytes_of(
      [&](void* memory, std::size_t& bytes) {
        const std::uint8_t* flags = nullptr;
        std::uint32_t* out = nullptr;
        return cub::DeviceSelect::Flagged(memory, bytes, every_index(0), flags, out, out, count);
      },
      "select_bytes");
}

}  // namespace detail

result<std::size_t> workspace_bytes(const algorithm_sizes& sizes) {
  std::size_t most = 0;
  const auto ask = [&](std::uint32_t count, auto&& bytes_for) -> status {
    if (count == 0) { return ok(); }
    auto bytes = bytes_for(count);
    if (!bytes) { return std::move(bytes).error(); }
    most = std::max(most, bytes.value());
    return ok();
  };
  PLIMSOLL_TRY(ask(sizes.scan, detail::scan_bytes));
  PLIMSOLL_TRY(ask(sizes.select, detail::select_bytes));
  PLIMSOLL_TRY(ask(sizes.sort_keys, detail::sort_keys_bytes));
  PLIMSOLL_TRY(ask(sizes.sort_pairs, detail::sort_pairs_bytes));
  return most;
}

result<workspace> workspace::make(const algorithm_sizes& sizes) {
  auto bytes = workspace_bytes(sizes);
  if (!bytes) { return std::move(bytes).error(); }
  auto memory = device_buffer<block>::make((bytes.value() + sizeof(block) - 1) / sizeof(block));
  if (!memory) { return std::move(memory).error(); }
  return workspace(std::move(memory).value());
}

// --------------------------------------------------------------------------------------------- algorithms

status exclusive_sum(const workspace& in, device_view<const std::uint32_t> values, device_view<std::uint32_t> sums,
                     launch_on on) {
  return exclusive(in, values, sums, on);
}

status exclusive_sum(const workspace& in, device_view<const std::uint64_t> values, device_view<std::uint64_t> sums,
                     launch_on on) {
  return exclusive(in, values, sums, on);
}

status inclusive_sum(const workspace& in, device_view<const std::uint32_t> values, device_view<std::uint32_t> sums,
                     launch_on on) {
  return inclusive(in, values, sums, on);
}

status inclusive_sum(const workspace& in, device_view<const std::uint64_t> values, device_view<std::uint64_t> sums,
                     launch_on on) {
  return inclusive(in, values, sums, on);
}

status select_flagged(const workspace& in, device_view<const std::uint8_t> flags, device_view<std::uint32_t> indices,
                      device_view<std::uint32_t> selected, launch_on on) {
  PLIMSOLL_TRY(detail::same_length(flags.count, indices.count, "a selection"));
  PLIMSOLL_TRY(detail::same_length(1, selected.count, "a count"));
  if (flags.count == 0) { return fill_bytes(selected, 0, on.queue, on.where); }
  return detail::run_in(
      in,
      [&](void* memory, std::size_t& bytes) {
        return cub::DeviceSelect::Flagged(memory, bytes, every_index(0), flags.data, indices.data, selected.data,
                                          flags.count, on.queue.get());
      },
      "select_flagged", on);
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
