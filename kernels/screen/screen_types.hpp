// Inputs and outputs of the screen on the device: the state of each unit at the reference prices, and a judgement that
// is copied to the host.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/device/runtime.hpp"
#include "kernels/rules/margin.hpp"
#include "kernels/rules/screen.hpp"
#include "kernels/scan/scan_types.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

/// Sums over the units that were safe at the reference prices. Integers mod 2^64, so that one unit's part can be
/// subtracted and added again.
struct safe_sums {
  std::uint64_t healthy;
  std::uint64_t margin_call;
  std::uint64_t held;
  std::uint64_t call_hashes;
};

/// State per unit at the reference prices. Columns that are padded to a whole number of compaction tiles say so.
struct screen_view {
  device_view<std::uint16_t> radius;     ///< safety_radius. Padded; the padding is never read as a unit.
  device_view<std::uint8_t> groups;      ///< Groups that the unit moves with. Padded.
  device_view<std::uint8_t> verdicts;    ///< Its verdict,
  device_view<std::uint64_t> call_hash;  ///< and the hash that is counted with it; empty if the rules have no hashes.
  device_view<const std::uint8_t> instrument_groups;
  device_view<const std::uint8_t> asset_groups;  ///< Only in `multi`.
  screen_rules rules;                            ///< Of cross units,
  screen_rules isolated_rules;                   ///< and of isolated ones, which know no haircuts.
  safe_sums* safe = nullptr;
};

/// Counts of a judgement. Sums and a minimum of integers, so the order in which blocks add to them has no effect.
struct judgement_header {
  std::uint64_t counts[4];  ///< Units by state.
  std::uint64_t held;
  std::uint64_t call_hashes;
  std::uint32_t over_limit;   ///< Lowest unit beyond 2^62, or ~0.
  std::uint32_t reached;      ///< Candidates: units whose state the move may change.
  std::uint32_t evaluated;    ///< The same, or 0 if they are too many.
  std::uint32_t records;      ///< Units that are liquidatable or bankrupt.
  std::uint32_t long_rows;    ///< Units that get one block each, in no order.
  std::uint32_t long_parts;   ///< Parts of rows that are too long for one block,
  std::uint32_t parted_rows;  ///< and how many such rows there are.
  std::uint32_t blocks_done;  ///< Of the launch that ends a screen.
};
static_assert(sizeof(judgement_header) % 16 == 0, "Records follow it.");

/// The distance of the tick's prices from the reference prices: tick_moves as the device reads it.
struct screen_request {
  std::uint16_t move_of_groups[256];
  std::uint64_t evaluated_max;
  std::uint32_t move_max;  ///< The largest of the moves.
  std::uint32_t unused;
  judgement_header counts;  ///< Uploaded without counts; the screen adds to it.
};

/// A liquidatable or bankrupt unit, as it is copied to unit_record.
struct judged_record {
  std::uint32_t unit;
  verdict outcome;
  std::int64_t equity;
  std::int64_t margin_equity;
  uint128 maintenance_ppm;
};

/// Copied to the host in one transfer: the header, and enough records for any tick short of a crash.
inline constexpr std::uint32_t host_records = 512;
struct judgement_to_host {
  judgement_header header;
  judged_record records[host_records];
};

/// A part of a row that several blocks sum, and its sums.
struct row_part {
  std::uint32_t first_position;
  std::uint32_t end_position;
  std::uint32_t row;  ///< Place among the rows in parts.
};
struct part_sums {
  int128 values;
  uint128 maintenance_ppm;
  uint128 initial_ppm;
  uint128 notional;
  uint128 slope_ppm;
  std::uint32_t held;
  std::uint32_t rows;
  std::uint32_t groups;
  std::uint32_t unused;
};
/// A row in parts.
struct parted_row {
  std::uint32_t unit;
  std::uint32_t first_part;
  std::uint32_t parts;
  std::uint32_t done;  ///< Parts that are summed.
};

/// The number of threads that judge a row, by its length: a few lanes, a block, or several blocks.
struct row_policy {
  static constexpr std::uint32_t part_positions = 4096;
};
/// The most rows in parts that so many positions can make, and the most parts: one for each that is full, and one more
/// a row.
[[nodiscard]] constexpr std::size_t parted_rows_max(std::size_t positions) {
  return positions / (row_policy::part_positions + 1);
}
[[nodiscard]] constexpr std::size_t parts_max(std::size_t positions) {
  return positions / row_policy::part_positions + parted_rows_max(positions);
}

/// Long rows of a judgement, in no order.
struct long_scratch {
  device_view<std::uint32_t> rows;  ///< Units; one for every unit too long for a few lanes.
  device_view<row_part> parts;
  device_view<part_sums> sums;  ///< Per part.
  device_view<parted_row> parted;
};

/// The figures of judged units, by unit; equity and requirement only of liquidatable and bankrupt ones, and of a screen
/// also the verdicts.
struct judged_target {
  device_view<std::uint8_t> verdicts;
  device_view<std::int64_t> equity;
  device_view<std::int64_t> margin_equity;
  device_view<uint128> maintenance_ppm;
  long_scratch longs;
  score_inputs_view score_inputs;  ///< By unit; only of a tick.
  judgement_header* header = nullptr;
};

/// The purpose of a judgement.
enum class judge_purpose : std::uint8_t {
  tick,    ///< Every unit: all are counted, only the score inputs are stored.
  rebase,  ///< Every unit: all are counted, and their state is stored as the reference.
  change,  ///< Units that have changed: stored as the reference; their old counts were subtracted before.
  screen,  ///< Candidates of a move: their stored counts are subtracted from the header, their new counts are added.
};

/// True if states and radii are stored.
[[nodiscard]] PLIMSOLL_HD constexpr bool keeps(judge_purpose purpose) {
  return purpose == judge_purpose::rebase || purpose == judge_purpose::change;
}
/// True if every unit is judged, so that a place in the list is a unit's index.
[[nodiscard]] PLIMSOLL_HD constexpr bool is_of_all(judge_purpose purpose) {
  return purpose == judge_purpose::rebase || purpose == judge_purpose::tick;
}

[[nodiscard]] PLIMSOLL_HD constexpr bool is_safe(verdict outcome) {
  return static_cast<int>(outcome.state()) <= static_cast<int>(unit_state::margin_call);
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
