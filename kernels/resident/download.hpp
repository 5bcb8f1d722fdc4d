// Copies results from the device to ordinary memory, through a pinned buffer of fixed size.
//
// Pinning every result would cost more than copying it: two halves of one pinned buffer take turns, one filled by the
// copy engine while the host empties the other.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "kernels/device/runtime.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

/// Copies many results in one go. `add` them, then `run`. One thread at a time.
class downloader {
 public:
  /// Errors: out_of_memory, device_lost.
  static result<downloader> make();

  /// Notes a copy of all of `from` to the front of `to`, which is large enough. Both must last until `run` returns.
  template <class T>
  void add(std::span<T> to, device_view<const std::type_identity_t<T>> from) {
    wanted_.push_back({reinterpret_cast<std::byte*>(to.data()), reinterpret_cast<const std::byte*>(from.data),
                       std::size_t{from.count} * sizeof(T)});
  }

  /// Bytes of the noted copies.
  [[nodiscard]] std::uint64_t bytes() const;

  /// Forgets the noted copies.
  void forget() { wanted_.clear(); }

  /// Queues the noted copies after the work of `on`, waits until they have arrived, and forgets them. Errors:
  /// device_fault, device_lost; then no copy is running, and the content of the targets is undefined.
  status run(const stream& on);

 private:
  static constexpr std::size_t half_bytes = std::size_t{4} << 20;
  struct piece {
    std::byte* to = nullptr;
    const std::byte* from = nullptr;
    std::size_t bytes = 0;
  };
  status copy_wanted(const stream& on);
  status take(const piece& which, int half) const;

  host_buffer<std::byte> scratch_;
  std::vector<event> filled_;  ///< Of each half.
  std::vector<piece> wanted_;
};

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
