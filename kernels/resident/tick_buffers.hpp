// Pinned memory that a tick's inputs and small results pass through; made at load.
#pragma once

#include <cstdint>
#include <span>

#include "host/backend/backend.hpp"
#include "host/book/book.hpp"
#include "kernels/device/runtime.hpp"
#include "kernels/scan/scan_types.hpp"
#include "kernels/screen/screen_types.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

/// The part of instruments' rows that no tick changes: their bands.
void set_bands(std::span<instrument_row> rows, const reference_data& reference);

/// Positions of a tick's inputs within one run of bytes, so that one copy uploads them: request, instruments, assets.
struct input_layout {
  std::size_t instruments_at = 0;
  std::size_t assets_at = 0;
  std::size_t bytes = 0;
  std::uint32_t instruments = 0;
  std::uint32_t assets = 0;
};
[[nodiscard]] constexpr input_layout layout_of_inputs(std::size_t instruments, std::size_t assets) {
  constexpr std::size_t aligned = 16;
  const auto behind = [](std::size_t at, std::size_t bytes) { return (at + bytes + aligned - 1) / aligned * aligned; };
  input_layout made;
  made.instruments = static_cast<std::uint32_t>(instruments);
  made.assets = static_cast<std::uint32_t>(assets);
  made.instruments_at = behind(0, sizeof(screen_request));
  made.assets_at = behind(made.instruments_at, instruments * sizeof(instrument_row));
  made.bytes = behind(made.assets_at, assets * sizeof(asset_row));
  return made;
}

/// The host may write to a buffer only after it has waited for the stream that copies it.
struct tick_buffers {
  host_buffer<std::byte> inputs;  ///< Placed as `layout` has them.
  input_layout layout;
  host_buffer<std::uint8_t> instrument_groups;
  host_buffer<std::uint8_t> asset_groups;
  host_buffer<judgement_to_host> to_host;
  host_buffer<scan_header> header_start;  ///< Zeros, over_limit ~0. Never changes.
  host_buffer<scan_header> header;
  host_buffer<std::uint64_t> demands;         ///< Per segment.
  host_buffer<std::uint32_t> asked_segments;  ///< Per segment at most.
  host_buffer<std::uint32_t> asked_first;

  /// Errors: out_of_memory, device_lost.
  static result<tick_buffers> make(const reference_data& reference, std::size_t segments);

  [[nodiscard]] screen_request& request() { return *reinterpret_cast<screen_request*>(inputs.data()); }
  [[nodiscard]] std::span<instrument_row> instruments() {
    return {reinterpret_cast<instrument_row*>(inputs.data() + layout.instruments_at), layout.instruments};
  }
  [[nodiscard]] std::span<asset_row> assets() {
    return {reinterpret_cast<asset_row*>(inputs.data() + layout.assets_at), layout.assets};
  }
  /// The prices among a tick's inputs.
  [[nodiscard]] std::span<const std::byte> prices() const { return inputs.span().subspan(layout.instruments_at); }

  void set_prices(const tick_prices& prices);
  void set_groups(const move_groups& groups);
  void set_moves(const tick_moves& moves);
};

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
