#include <algorithm>
#include <cstring>

#include "kernels/download.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

result<downloader> downloader::make() {
  downloader made;
  auto room = host_buffer<std::byte>::make(2 * half_bytes);
  if (!room) { return std::move(room).error(); }
  made.room_ = std::move(room).value();
  for (int half = 0; half < 2; ++half) {
    auto filled = event::make();
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
  std::vector<piece> pieces;
  for (piece left : wanted_) {
    while (left.bytes != 0) {
      const std::size_t bytes = std::min(left.bytes, half_bytes);
      pieces.push_back({left.to, left.from, bytes});
      left = {left.to + bytes, left.from + bytes, left.bytes - bytes};
    }
  }
  wanted_.clear();
  const status copied = copy_pieces(pieces, on);
  if (!copied) { static_cast<void>(on.synchronize()); }  // The pinned buffer must not be written to any more.
  return copied;
}

status downloader::copy_pieces(const std::vector<piece>& pieces, const stream& on) {
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const int half = static_cast<int>(i % 2);
    const auto bytes = static_cast<std::uint32_t>(pieces[i].bytes);
    PLIMSOLL_TRY(copy_to_host(room_.span().subspan(half * half_bytes, bytes), {pieces[i].from, bytes}, on));
    PLIMSOLL_TRY(filled_[half].record(on));
    if (i != 0) { PLIMSOLL_TRY(take(pieces[i - 1], 1 - half)); }
  }
  return pieces.empty() ? ok() : take(pieces.back(), static_cast<int>((pieces.size() - 1) % 2));
}

status downloader::take(const piece& which, int half) const {
  PLIMSOLL_TRY(filled_[half].synchronize());
  std::memcpy(which.to, room_.data() + half * half_bytes, which.bytes);
  return ok();
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
