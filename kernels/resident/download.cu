#include <algorithm>
#include <cstring>

#include "kernels/resident/download.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

result<downloader> downloader::make() {
  downloader made;
  auto scratch = host_buffer<std::byte>::make(2 * half_bytes);
  if (!scratch) { return std::move(scratch).error(); }
  made.scratch_ = std::move(scratch).value();
  for (int half = 0; half < 2; ++half) {
    auto filled = event::make(event_use::order);
    if (!filled) { return std::move(filled).error(); }
    made.filled_.push_back(std::move(filled).value());
  }
  return result<downloader>(std::move(made));
}

std::uint64_t downloader::bytes() const {
  std::uint64_t sum = 0;
  for (const piece& each : wanted_) { sum += each.bytes; }
  return sum;
}

status downloader::run(const stream& on) {
  const status copied = copy_wanted(on);
  wanted_.clear();
  if (!copied) { static_cast<void>(on.synchronize()); }  // No copy may write to the pinned buffer any more.
  return copied;
}

/// Works half by half: while one is filled, the other is emptied.
status downloader::copy_wanted(const stream& on) {
  piece before{};
  int half = 0;
  for (piece left : wanted_) {
    while (left.bytes != 0) {
      const piece now{left.to, left.from, std::min(left.bytes, half_bytes)};
      const auto bytes = static_cast<std::uint32_t>(now.bytes);
      PLIMSOLL_TRY(copy_to_host(scratch_.span().subspan(half * half_bytes, bytes), {now.from, bytes}, on));
      PLIMSOLL_TRY(filled_[half].record(on));
      half = 1 - half;
      if (before.bytes != 0) { PLIMSOLL_TRY(take(before, half)); }
      before = now;
      left = {left.to + now.bytes, left.from + now.bytes, left.bytes - now.bytes};
    }
  }
  return before.bytes == 0 ? ok() : take(before, 1 - half);
}

status downloader::take(const piece& which, int half) const {
  PLIMSOLL_TRY(filled_[half].synchronize());
  std::memcpy(which.to, scratch_.data() + half * half_bytes, which.bytes);
  return ok();
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
