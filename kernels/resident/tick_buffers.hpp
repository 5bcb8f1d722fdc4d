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

/// What of instruments' rows no tick changes: their bands.
void set_bands(std::span<instrument_row> rows, const reference_data& reference);

/// The host may write to a buffer only when the stream that copies it was waited for.
struct tick_buffers {
  host_buffer<instrument_row> instruments;
  host_buffer<asset_row> assets;
  host_buffer<std::uint8_t> instrument_groups;
  host_buffer<std::uint8_t> asset_groups;
  host_buffer<screen_request> request;
  host_buffer<judgement_home> home;
  host_buffer<scan_header> header_start;  ///< Zeros, over_limit ~0. Never changes.
  host_buffer<scan_header> header;
  host_buffer<std::uint64_t> demands;         ///< Per segment.
  host_buffer<std::uint32_t> asked_segments;  ///< Per segment at most.
  host_buffer<std::uint32_t> asked_first;

  /// Errors: out_of_memory, device_lost.
  static result<tick_buffers> make(const reference_data& reference, std::size_t segments);

  void set_prices(const tick_prices& prices);
  void set_groups(const move_groups& groups);
  void set_moves(const tick_moves& moves);
};

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
