// The speed of a memory copy on this machine: the yardstick of every stage's bytes. It is measured between the samples
// of a stage, so that both see the same load; it also empties the caches before each sample.
#pragma once

#include <cstddef>
#include <memory>

#include "plimsoll/result.hpp"

namespace plimsoll::bench {

/// Two arrays, and one copied to the other.
class copy_speed {
 public:
  virtual ~copy_speed() = default;
  copy_speed() = default;
  copy_speed(const copy_speed&) = delete;
  copy_speed& operator=(const copy_speed&) = delete;

  /// Copies once; bytes read and written in GB (10^9) a second.
  [[nodiscard]] virtual result<double> once() = 0;
};

/// In host memory, on `threads` threads (0: all), each with its own part.
[[nodiscard]] std::unique_ptr<copy_speed> make_host_copy(std::size_t bytes, int threads);

/// In device memory, timed by events. Errors: device_missing, device_memory.
[[nodiscard]] result<std::unique_ptr<copy_speed>> make_device_copy(std::size_t bytes);

}  // namespace plimsoll::bench
