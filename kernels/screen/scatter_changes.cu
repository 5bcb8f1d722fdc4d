#include "kernels/screen/safe_tally.hpp"
#include "kernels/screen/scatter_changes.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {
namespace {

struct scatter_policy {
  static constexpr int block_threads = 256;
};
static_assert(scatter_policy::block_threads % 32 == 0, "A block is a whole number of warps.");

template <class T, class Value>
__device__ inline void put(const device_view<T>& column, std::uint32_t at, const Value& value) {
  if (column.count != 0) { column[at] = static_cast<T>(value); }
}

__device__ inline void put_unit(const change_batch& batch, const change_target& to, std::uint32_t i, safe_tally& gone) {
  const unit_change one = batch.units[i];
  if (to.kept.safe != nullptr) {
    const std::uint64_t hash = to.kept.call_hash.count != 0 ? to.kept.call_hash[one.unit] : 0;
    add_safe(verdict{to.kept.verdicts[one.unit]}, hash, -1, gone);
  }
  put(to.cash, one.unit, one.cash);
  put(to.balance, one.unit, one.balance);
  put(to.cross, one.unit, one.cross);
  put(to.kept.call_hash, one.unit, one.call_hash);
  to.units[batch.first_unit + i] = one.unit;
}
__device__ inline void put_row(const row_change& one, const change_target& to) {
  put(to.first_position, one.unit, one.first_position);
  put(to.first_collateral, one.unit, one.first_collateral);
}
__device__ inline void put_position(const position_change& one, const change_target& to) {
  put(to.instrument, one.position, one.instrument);
  put(to.lots, one.position, one.lots);
}
__device__ inline void put_collateral(const collateral_change& one, const change_target& to) {
  put(to.collateral_asset, one.row, one.asset);
  put(to.collateral_amount, one.row, one.amount);
}
__device__ inline void put_entry(const entry_change& one, const change_target& to) {
  put(to.entry_position, one.entry, one.position);
  put(to.entry_unit, one.entry, one.unit);
  put(to.entry_lots, one.entry, one.lots);
  put(to.entry_cost, one.entry, one.cost);
  put(to.entry_given, one.entry, one.given);
}

/// One thread per change.
template <class Policy>
__global__ __launch_bounds__(Policy::block_threads) void scatter(change_batch batch, change_target to) {
  std::uint32_t i = blockIdx.x * Policy::block_threads + threadIdx.x;
  safe_tally gone;
  if (i < batch.units.count) { put_unit(batch, to, i, gone); }
  i -= batch.units.count;  // Wraps beyond every count once a change was handled.
  if (i < batch.rows.count) { put_row(batch.rows[i], to); }
  i -= batch.rows.count;
  if (i < batch.positions.count) { put_position(batch.positions[i], to); }
  i -= batch.positions.count;
  if (i < batch.collateral.count) { put_collateral(batch.collateral[i], to); }
  i -= batch.collateral.count;
  if (i < batch.entries.count) { put_entry(batch.entries[i], to); }
  if (to.kept.safe != nullptr) {
    const safe_tally sums = block_tally<Policy::block_threads>(gone);
    if (threadIdx.x == 0) { add_tally(sums, to.kept.safe); }
  }
}

}  // namespace

status scatter_changes(const change_batch& batch, const change_target& to, const stream& on) {
  constexpr std::uint32_t threads = scatter_policy::block_threads;
  const std::uint32_t blocks = batch.count() / threads + (batch.count() % threads != 0 ? 1 : 0);
  return launch(&scatter<scatter_policy>, blocks, threads, 0, on, batch, to);
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
