// Copies changes of the book to the device: packed into a pinned ring, copied on a stream of their own.
//
// Two halves take turns, on the host and on the device: while one is scattered, the next is copied, and the host packs
// a third batch once the first copy of its half is done. Nothing is allocated; more changes than a half holds take
// several rounds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "host/backend/backend.hpp"
#include "host/book/book.hpp"
#include "kernels/device/runtime.hpp"
#include "kernels/screen/scatter_changes.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

/// Packs and sends. One thread at a time.
class change_feed {
 public:
  static constexpr std::size_t half_bytes = std::size_t{256} << 10;

  /// Errors: out_of_memory, device_fault, device_lost.
  static result<change_feed> make();

  /// Queues all changes behind the work of `on`, through `scratch` (two halves), and does not wait for them: the book
  /// and the spans may change on return. Returns the bytes sent. Errors: device_fault, device_lost; then any part may
  /// have arrived.
  result<std::uint64_t> run(const book& source, const book_changes& changes, device_view<std::byte> scratch,
                            const change_target& to, const stream& on);

  /// Waits until no copy or scatter is running.
  status synchronize() const { return copies_.synchronize(); }

 private:
  explicit change_feed(stream copies) : copies_(std::move(copies)) {}

  stream copies_;
  host_buffer<std::byte> scratch_;
  std::vector<event> copied_;     ///< Of each half: after it the host may pack it again.
  std::vector<event> scattered_;  ///< Of each half: after it the device may overwrite it.
  int half_ = 0;                  ///< The half that takes the next batch.
};

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
