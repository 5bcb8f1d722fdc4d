// What a machine must do for a scan: hold the book's state, revalue it at a tick's marks, and answer rank questions.
// A batch scan is one tick of it. Every backend gives the same bytes, and the same errors.
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

/// What one balance step of an asset is worth in the quote's steps at a tick: plain, and with each haircut.
struct asset_rates {
  price_rate plain;
  price_rate as_asset;      ///< x asset_weight, for balances > 0.
  price_rate as_liability;  ///< x liability_weight, for balances < 0.
};

/// The prices of one tick, prepared and admitted by `prepare_tick`: largest |size| x mark is within the limits.
struct tick_prices {
  std::vector<value_rate> rates;         ///< Per instrument.
  std::vector<std::uint8_t> held;        ///< Per instrument: 1 where its mark is stale.
  std::vector<asset_rates> assets;       ///< Per asset; only in `multi`.
  std::vector<std::uint8_t> asset_held;  ///< Per asset: 1 where priced by a held spot instrument; only in `multi`.
};

/// Per-unit figures of a tick, in the book's unit order. The views stay valid until the backend's next call.
struct unit_figures {
  std::vector<std::int64_t> equity;
  std::vector<std::int64_t> margin_equity;
  std::vector<uint128> maintenance_ppm;  ///< Exact, step x 1e-6.
  std::vector<uint128> initial_ppm;      ///< Exact, step x 1e-6.
  std::vector<verdict> verdicts;
};

/// What the margin pass says.
struct margin_result {
  unit_figures units;                      ///< Filled if asked for with `publish`; verdicts always.
  std::vector<std::uint32_t> flagged;      ///< Units liquidatable or bankrupt and not held, in rising order.
  std::uint64_t counts[4] = {0, 0, 0, 0};  ///< Units by state (held ones included).
  std::uint64_t held = 0;
  /// Lowest unit whose equity, margin equity, MM or IM is beyond 2^62 steps, or no_id. Its figures are meaningless.
  std::uint32_t over_limit = no_id;
};

/// A unit that is not calm: liquidatable or bankrupt, held or not.
struct unit_record {
  std::uint32_t unit = 0;
  verdict outcome{};
  std::int64_t equity = 0;
  std::int64_t margin_equity = 0;
  uint128 maintenance_ppm = 0;  ///< Exact, step x 1e-6.
};

/// What a tick says of all units, with the figures of those that are not calm. The same from a full and a screened
/// pass.
struct tick_judgement {
  std::uint64_t counts[4] = {0, 0, 0, 0};  ///< Units by state (held ones included; vacant ones are healthy).
  std::uint64_t held = 0;
  std::uint64_t call_hashes = 0;     ///< Sum mod 2^64 of unit_columns::call_hash over the margin-called.
  std::vector<unit_record> records;  ///< In rising order of units.
  std::uint32_t over_limit = no_id;  ///< As in margin_result.
  std::uint64_t evaluated = 0;       ///< Units whose positions were read.
};

/// In which of eight groups an instrument, or the price of an asset, moves: one bit each. A unit's groups are the union
/// of those of its positions and balances.
struct move_groups {
  std::vector<std::uint8_t> of_instrument;
  std::vector<std::uint8_t> of_asset;  ///< Only in `multi`.
};

/// How far a tick's prices are from the reference, per set of groups: the largest move_code of any of them.
struct tick_moves {
  std::array<std::uint16_t, 256> of_groups{};
  std::uint64_t evaluated_max =
      ~std::uint64_t{0};  ///< With more units to evaluate than this, the answer is "too many".
};

/// Where a resident book was changed. Indices rise, each stands once. A unit stands among `units` if anything that its
/// state depends on has changed: balance, cash, positions, other balances.
struct book_changes {
  std::span<const std::uint32_t> units{};
  std::span<const std::uint32_t> rows{};       ///< Units whose first position (or first other balance) moved.
  std::span<const std::uint32_t> positions{};  ///< Instrument, lots, cost, unit, given.
  std::span<const std::uint32_t> entries{};    ///< Of book::sides: another position, or the same one changed.
  std::span<const std::uint32_t> collateral{};
  bool segments = false;  ///< Sides begin at other entries of book::sides.
  [[nodiscard]] bool empty() const {
    return units.empty() && rows.empty() && positions.empty() && entries.empty() && collateral.empty() && !segments;
  }
};

/// The new id of each old one: instruments and assets were listed between.
struct new_ids {
  std::span<const std::uint32_t> instruments{};
  std::span<const std::uint32_t> assets{};
};

/// How far down one segment's ladder somebody needs to see.
struct cover_demand {
  std::uint32_t segment = 0;  ///< 2 x instrument + side of the winners.
  std::uint64_t lots = 0;     ///< The prefix must hold at least this many lots (or be the whole ladder); > 0.
};

/// One entry of a ladder.
struct ladder_entry {
  std::uint32_t position = 0;  ///< Index into the book's positions.
  std::uint64_t key = 0;       ///< ladder_key of its score.
};

/// What is asked of a rank pass; it follows a margin pass of the same tick.
struct rank_request {
  bool lights = true;                       ///< Exact lights of every entry.
  bool full_ladder = false;                 ///< Every ladder in full, sorted; demands are then ignored.
  std::span<const cover_demand> demands{};  ///< Rising segments, each at most once.
  bool prefixes_only = false;               ///< Neither keys, lights nor other segments' totals are wanted.
};

/// The answer.
struct rank_result {
  std::vector<std::uint64_t> keys;    ///< Per entry of book::sides: the ladder key, or off_ladder.
  std::vector<std::uint8_t> lights;   ///< Per entry: 1 to 5, 0 off the ladder. Empty unless asked for.
  std::vector<std::uint64_t> totals;  ///< Per segment: lots on the ladder.
  /// Ladder prefixes in order (key descending, position rising). With `full_ladder` one per segment, else one per
  /// demand: the shortest prefix whose lots reach the demand.
  std::vector<std::uint64_t> first_entry;  ///< Offsets into `entries`, one more than there are prefixes.
  std::vector<ladder_entry> entries;
};

/// Seconds spent, stage by stage, of the last calls.
struct stage_time {
  std::string stage;
  double seconds = 0;
  std::uint64_t bytes = 0;  ///< That the stage must move, by count.
};

/// A machine that holds a book's state. One thread at a time.
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

  /// Makes the book's state resident. The book must outlive the backend's use of it and not change meanwhile.
  [[nodiscard]] virtual status load(const book& source) = 0;

  /// Margin pass and ordered compaction at the tick's prices. With `publish` every unit's figures come back.
  [[nodiscard]] virtual status margin(const tick_prices& prices, bool publish, margin_result& out) = 0;

  /// Takes in what changed in the loaded book, whose columns have kept their lengths. After a `rebase` the changed
  /// units' radii are made anew, at its prices.
  [[nodiscard]] virtual status apply(const book_changes& changes) = 0;

  /// The loaded book's tiers are others now. Before the next tick `apply` must name the units that hold what they
  /// changed for, or a `rebase` follow: what is kept of them is of the tiers before. False: this machine must load the
  /// book anew.
  [[nodiscard]] virtual result<bool> retier() { return false; }

  /// The loaded book's instruments and assets have other ids, and there are more of them; its columns have kept their
  /// lengths and their order. Other tiers are taken in as well, as by `retier`. What a `rebase` kept stays: `reference`
  /// and `groups` are its prices and groups by the new ids. Not read where there was none. False: this machine must
  /// load the book anew.
  [[nodiscard]] virtual result<bool> relist(const new_ids& ids, const tick_prices& reference,
                                            const move_groups& groups) {
    static_cast<void>(ids);
    static_cast<void>(reference);
    static_cast<void>(groups);
    return false;
  }

  /// The prices of the reference are `reference` now, with others for what no unit holds, so that radii stay what they
  /// are. Needs a `rebase` since `load`. False: a `rebase` must follow.
  [[nodiscard]] virtual result<bool> reprice(const tick_prices& reference) {
    static_cast<void>(reference);
    return false;
  }

  /// Judges every unit. What a `rebase` kept stays what it was.
  [[nodiscard]] virtual status judge(const tick_prices& prices, tick_judgement& out) = 0;

  /// The same, and keeps, for `screen`, each one's state at these prices and its safety radius.
  [[nodiscard]] virtual status rebase(const tick_prices& prices, const move_groups& groups, tick_judgement& out) = 0;

  /// The same answer as a judgement of every unit, by evaluating those alone whose radius does not rule out a change.
  /// False: more than `evaluated_max` would have to be; nothing was judged. Needs a `rebase` since `load`.
  [[nodiscard]] virtual result<bool> screen(const tick_prices& prices, const tick_moves& moves,
                                            tick_judgement& out) = 0;

  /// How many units moves like these reach: what a `screen` from this reference would evaluate. Needs a `rebase` since
  /// `load`.
  [[nodiscard]] virtual result<std::uint64_t> reached(const tick_moves& moves) = 0;

  /// Scores, lights, ladder prefixes at the prices of the last margin pass, judgement, rebase or screen.
  [[nodiscard]] virtual status rank(const rank_request& request, rank_result& out) = 0;

  /// Times of the calls since the last `load`, margin or rank began; appended by each.
  [[nodiscard]] virtual std::span<const stage_time> times() const = 0;
};

/// Did the machine fail, rather than the caller's data? Then another machine can take over.
[[nodiscard]] constexpr bool is_device_failure(error_code code) {
  return code == error_code::device_memory || code == error_code::device_fault || code == error_code::device_lost ||
         code == error_code::device_missing;
}

/// The CPU backend on `threads` threads (0: all the machine gives).
[[nodiscard]] std::unique_ptr<backend> make_cpu_backend(int threads);

}  // namespace plimsoll
