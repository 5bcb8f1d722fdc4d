// The emulated device's substitute for the few CUB calls in use: CUB's names and signatures, sequential, on the host.
//
// Called without memory, each returns the bytes it needs; with too little memory it fails. Both are as in CUB. A
// successful call is one device call: counted, recorded in graphs, and made to fail by `inject_fault`.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <vector>

#include "kernels/device/emulated_cuda.hpp"

namespace plimsoll::emulated::cub {

/// 0, 1, 2, ...: the input of a selection of indices.
struct every_index {
  explicit every_index(std::uint32_t from) : first(from) {}
  std::uint32_t operator[](std::uint32_t at) const { return first + at; }
  std::uint32_t first;
};

/// Returns the size if called without memory; else runs `body` as one device call.
template <class Body>
cudaError_t in_memory(void* memory, std::size_t& bytes, std::size_t wanted, cudaStream_t on, Body body) {
  if (memory == nullptr) {
    bytes = wanted;
    return cudaSuccess;
  }
  if (bytes < wanted) { return cudaErrorInvalidValue; }
  return launch_host_function(
      [=] {
        std::memset(memory, 0xCD, wanted);  // No caller may rely on the content of a workspace.
        body();
      },
      on);
}

struct DeviceScan {
  template <class T>
  static cudaError_t ExclusiveSum(void* memory, std::size_t& bytes, const T* values, T* sums, std::uint32_t count,
                                  cudaStream_t on = nullptr) {
    return in_memory(memory, bytes, 256 + count / 64 * sizeof(T), on,
                     [=] { std::exclusive_scan(values, values + count, sums, T{0}); });
  }
  template <class T>
  static cudaError_t InclusiveSum(void* memory, std::size_t& bytes, const T* values, T* sums, std::uint32_t count,
                                  cudaStream_t on = nullptr) {
    return in_memory(memory, bytes, 256 + count / 64 * sizeof(T), on,
                     [=] { std::inclusive_scan(values, values + count, sums); });
  }
};

struct DeviceSelect {
  static cudaError_t Flagged(void* memory, std::size_t& bytes, every_index from, const std::uint8_t* flags,
                             std::uint32_t* out, std::uint32_t* selected, std::uint32_t count,
                             cudaStream_t on = nullptr) {
    return in_memory(memory, bytes, 256 + count / 64, on, [=] {
      std::uint32_t found = 0;
      for (std::uint32_t i = 0; i < count; ++i) {
        if (flags[i] != 0) { out[found++] = from[i]; }
      }
      *selected = found;
    });
  }
};

struct DeviceRadixSort {
  static cudaError_t SortKeys(void* memory, std::size_t& bytes, const std::uint64_t* keys, std::uint64_t* sorted,
                              std::uint32_t count, int begin = 0, int end = 64, cudaStream_t on = nullptr) {
    return in_memory(memory, bytes, 1024 + std::size_t{count} * sizeof *keys, on, [=] {
      for (std::uint32_t i = 0; i < count; ++i) { sorted[i] = keys[i]; }  // A call of memmove would not be watched.
      std::stable_sort(sorted, sorted + count,
                       [=](std::uint64_t a, std::uint64_t b) { return digit(a, begin, end) < digit(b, begin, end); });
    });
  }

  static cudaError_t SortPairs(void* memory, std::size_t& bytes, const std::uint64_t* keys, std::uint64_t* sorted_keys,
                               const std::uint32_t* values, std::uint32_t* sorted_values, std::uint32_t count,
                               int begin = 0, int end = 64, cudaStream_t on = nullptr) {
    return in_memory(memory, bytes, 1024 + std::size_t{count} * (sizeof *keys + sizeof *values), on, [=] {
      struct pair {
        std::uint64_t key;
        std::uint32_t value;
      };
      std::vector<pair> pairs(count);
      for (std::uint32_t i = 0; i < count; ++i) { pairs[i] = {keys[i], values[i]}; }
      std::stable_sort(pairs.begin(), pairs.end(), [=](const pair& a, const pair& b) {
        return digit(a.key, begin, end) < digit(b.key, begin, end);
      });
      for (std::uint32_t i = 0; i < count; ++i) {
        sorted_keys[i] = pairs[i].key;
        sorted_values[i] = pairs[i].value;
      }
    });
  }

 private:
  /// The bits of `key` from `begin` on, without those from `end` on.
  static std::uint64_t digit(std::uint64_t key, int begin, int end) {
    const std::uint64_t kept = end == 64 ? key : key & ((std::uint64_t{1} << end) - 1);
    return kept >> begin;
  }
};

}  // namespace plimsoll::emulated::cub
