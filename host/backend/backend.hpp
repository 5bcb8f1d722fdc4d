// The interface of a backend: it holds a book's state, revalues it at a tick's marks, and ranks ladders. A batch scan
// is one tick. Every backend returns the same bytes, and the same errors.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/book/book.hpp"
#include "kernels/rules/margin.hpp"
#include "kernels/rules/value.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll {

/// Value of one balance step of an asset in the quote's steps at a tick: plain, and with each haircut.
struct asset_rates {
  price_rate plain;
  price_rate as_asset;      ///< x asset_weight, for balances > 0.
  price_rate as_liability;  ///< x liability_weight, for balances < 0.
};

/// The prices of one tick, prepared and checked by `prepare_tick`: largest |size| x mark is within the limits.
struct tick_prices {
  std::vector<value_rate> rates;         ///< Per instrument.
  std::vector<std::uint8_t> held;        ///< Per instrument: 1 if its mark is stale.
  std::vector<asset_rates> assets;       ///< Per asset; only in `multi`.
  std::vector<std::uint8_t> asset_held;  ///< Per asset: 1 if priced by a held spot instrument; only in `multi`.
};

/// Per-unit figures of a tick, in the book's unit order. The views are valid until the backend's next call.
struct unit_figures {
  std::vector<std::int64_t> equity;
  std::vector<std::int64_t> margin_equity;
  std::vector<uint128> maintenance_ppm;  ///< Exact, step x 1e-6.
  std::vector<uint128> initial_ppm;      ///< Exact, step x 1e-6.
  std::vector<verdict> verdicts;
};

/// The result of a margin pass.
struct margin_result {
  unit_figures units;                      ///< Verdicts always; the other figures only with `publish`.
  std::vector<std::uint32_t> flagged;      ///< Units liquidatable or bankrupt and not held, in rising order.
  std::uint64_t counts[4] = {0, 0, 0, 0};  ///< Units by state (held ones included).
  std::uint64_t held = 0;
  /// Lowest unit whose equity, margin equity, MM or IM is beyond 2^62 steps, or no_id. Its figures are meaningless.
  std::uint32_t over_limit = no_id;
};

/// A liquidatable or bankrupt unit, held or not.
struct unit_record {
  std::uint32_t unit = 0;
  verdict outcome{};
  std::int64_t equity = 0;
  std::int64_t margin_equity = 0;
  uint128 maintenance_ppm = 0;  ///< Exact, step x 1e-6.
};

/// The result of a tick for all units, with the figures of liquidatable and bankrupt ones. A full and a screened pass
/// return the same.
struct tick_judgement {
  std::uint64_t counts[4] = {0, 0, 0, 0};  ///< Units by state (held ones included; vacant ones are healthy).
  std::uint64_t held = 0;
  std::uint64_t call_hashes = 0;     ///< Sum mod 2^64 of unit_columns::call_hash over margin-called units.
  std::vector<unit_record> records;  ///< In rising order of units.
  std::uint32_t over_limit = no_id;  ///< As in margin_result.
  std::uint64_t evaluated = 0;       ///< Units whose positions were read.
};

/// The group, one of eight, in which an instrument or the price of an asset moves: one bit each. A unit's groups are
/// the union of the groups of its positions and balances.
struct move_groups {
  std::vector<std::uint8_t> of_instrument;
  std::vector<std::uint8_t> of_asset;  ///< Only in `multi`.
};

/// Distance of a tick's prices from the reference, per set of groups: the largest move_code in any of them.
struct tick_moves {
  std::array<std::uint16_t, 256> of_groups{};
  std::uint64_t evaluated_max = ~std::uint64_t{0};  ///< If more units must be evaluated than this, the screen gives up.
};

/// Changes of a resident book. Indices rise, each occurs once. `units` has a unit if anything that its state depends on
/// has changed: balance, cash, positions, other balances.
struct book_changes {
  std::span<const std::uint32_t> units{};
  std::span<const std::uint32_t> rows{};       ///< Units whose first position (or first other balance) moved.
  std::span<const std::uint32_t> positions{};  ///< Instrument, lots, cost, unit, given.
  std::span<const std::uint32_t> entries{};    ///< Of book::sides: its position is another one, or has changed.
  std::span<const std::uint32_t> collateral{};
  bool segments = false;  ///< Sides begin at different entries of book::sides.
  [[nodiscard]] bool empty() const {
    return units.empty() && rows.empty() && positions.empty() && entries.empty() && collateral.empty() && !segments;
  }
};

/// How far down one segment's ladder the caller needs to read.
struct cover_demand {
  std::uint32_t segment = 0;  ///< 2 x instrument + side of the winners.
  std::uint64_t lots = 0;     ///< The prefix must hold at least this many lots (or be the whole ladder); > 0.
};

/// One entry of a ladder.
struct ladder_entry {
  std::uint32_t position = 0;  ///< Index into the book's positions.
  std::uint64_t key = 0;       ///< ladder_key of its score.
};

/// The request of a rank pass, which follows a margin pass of the same tick.
struct rank_request {
  bool lights = true;                       ///< Exact lights of every entry.
  bool full_ladder = false;                 ///< Every ladder in full, sorted; demands are then ignored.
  std::span<const cover_demand> demands{};  ///< Rising segments, each at most once.
  bool prefixes_only = false;               ///< Neither keys, lights nor other segments' totals are needed.
};

/// The result of a rank pass.
struct rank_result {
  std::vector<std::uint64_t> keys;    ///< Per entry of book::sides: the ladder key, or off_ladder.
  std::vector<std::uint8_t> lights;   ///< Per entry: 1 to 5, 0 off the ladder. Empty unless requested.
  std::vector<std::uint64_t> totals;  ///< Per segment: lots on the ladder.
  /// Ladder prefixes in order (key descending, position rising). With `full_ladder` one per segment, else one per
  /// demand: the shortest prefix that has the demanded lots.
  std::vector<std::uint64_t> first_entry;  ///< Offsets into `entries`, one more than there are prefixes.
  std::vector<ladder_entry> entries;
};

/// Seconds of the last calls, by stage.
struct stage_time {
  std::string stage;
  double seconds = 0;
  std::uint64_t bytes = 0;  ///< Bytes that the stage must move at least, by count.
};

/// A CPU or device that holds a book's state. Use it from one thread at a time.
class backend {
 public:
  virtual ~backend() = default;
  backend() = default;
  backend(const backend&) = delete;
  backend& operator=(const backend&) = delete;

  /// "cpu", "cuda" or "emulated".
  [[nodiscard]] virtual std::string_view name() const = 0;
  /// For people: "AMD EPYC, 2 threads", "NVIDIA H200, 139 GiB".
  [[nodiscard]] virtual std::string device() const = 0;

  /// Copies the book's state. The book must outlive the backend's use of it and not change meanwhile.
  [[nodiscard]] virtual status load(const book& source) = 0;

  /// Margin pass and ordered compaction at the tick's prices. With `publish`, returns every unit's figures.
  [[nodiscard]] virtual status margin(const tick_prices& prices, bool publish, margin_result& out) = 0;

  /// Applies changes of the loaded book, whose columns have kept their lengths. After a `rebase`, the changed units get
  /// new radii at its prices.
  [[nodiscard]] virtual status apply(const book_changes& changes) = 0;

  /// Takes new tiers for the loaded book. Cached radii still use the old tiers, so before the next tick either `apply`
  /// every unit that holds a retiered instrument, or `rebase`. False: this backend must load the book again.
  [[nodiscard]] virtual result<bool> retier() { return false; }

  /// Takes new ids of instruments and assets, of which there are more. The columns of the loaded book have kept their
  /// lengths and their order. Also takes new tiers, as `retier`. The state of a `rebase` stays valid: `reference` and
  /// `groups` are its prices and groups by the new ids; without a `rebase` they are not read. False: this backend must
  /// load the book again.
  [[nodiscard]] virtual result<bool> relist(const tick_prices& reference, const move_groups& groups) {
    static_cast<void>(reference);
    static_cast<void>(groups);
    return false;
  }

  /// Replaces the prices of the reference by `reference`. Only prices of instruments that no unit holds may differ, so
  /// that radii stay valid. Needs a `rebase` since `load`. False: a `rebase` must follow.
  [[nodiscard]] virtual result<bool> reprice(const tick_prices& reference) {
    static_cast<void>(reference);
    return false;
  }

  /// Evaluates every unit. The state of a `rebase` stays valid.
  [[nodiscard]] virtual status judge(const tick_prices& prices, tick_judgement& out) = 0;

  /// Evaluates every unit, and stores for `screen` each unit's state at these prices and its safety radius.
  [[nodiscard]] virtual status rebase(const tick_prices& prices, const move_groups& groups, tick_judgement& out) = 0;

  /// Returns the same result as `judge`, but evaluates only the units whose radius does not rule out a change. False:
  /// more than `evaluated_max` would have to be evaluated, so none was. Needs a `rebase` since `load`.
  [[nodiscard]] virtual result<bool> screen(const tick_prices& prices, const tick_moves& moves,
                                            tick_judgement& out) = 0;

  /// Number of units that a `screen` with these moves would evaluate. Needs a `rebase` since `load`.
  [[nodiscard]] virtual result<std::uint64_t> reached(const tick_moves& moves) = 0;

  /// Scores, lights, ladder prefixes at the prices of the last margin pass, judgement, rebase or screen.
  [[nodiscard]] virtual status rank(const rank_request& request, rank_result& out) = 0;

  /// Times of the calls since the last `load`, margin pass or rank pass began, in the order of the calls.
  [[nodiscard]] virtual std::span<const stage_time> times() const = 0;
};

/// True if the device failed, not the caller's data. Then another backend can take over.
[[nodiscard]] constexpr bool is_device_failure(error_code code) {
  return code == error_code::device_memory || code == error_code::device_fault || code == error_code::device_lost ||
         code == error_code::device_missing;
}

/// The CPU backend with `threads` threads (0: as many as the system allows).
[[nodiscard]] std::unique_ptr<backend> make_cpu_backend(int threads);

}  // namespace plimsoll
