// One tick over a whole book: margin, flags, allotment, ladders, cover, digests.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "host/backend/backend.hpp"
#include "host/book/book.hpp"
#include "host/engine/held.hpp"
#include "host/text/refusal.hpp"
#include "kernels/rules/bankruptcy.hpp"
#include "kernels/rules/score.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll {

/// The reason why an instrument's mark cannot value its positions, if there is one: no mark, or a value beyond the
/// limits.
[[nodiscard]] std::optional<std::string> fault_of_mark(const book& source, std::uint32_t instrument,
                                                       std::int64_t mark_ticks);

/// Prices of the tick that `marks` describe: rates, staleness, asset prices. Refuses, by name, marks that take a
/// position beyond the limits. `as_of_ns`: the time up to which ages count; else the newest in `marks`.
[[nodiscard]] status prepare_tick(const book& source, std::span<const mark> marks, std::optional<std::int64_t> as_of_ns,
                                  tick_prices& out, refusal_list& refusals);

/// The same prices, with those of `changed` instruments and the staleness of all computed again. `largest_balances`: by
/// asset, as `largest_balances_of`. If one is refused, the prices of the other changed instruments are new all the
/// same.
[[nodiscard]] status refresh_tick(const book& source, std::span<const mark> marks,
                                  std::span<const std::uint32_t> changed, std::optional<std::int64_t> as_of_ns,
                                  std::span<const std::uint64_t> largest_balances, tick_prices& out,
                                  refusal_list& refusals);

/// Largest balance of each asset that is not the quote, in `multi`.
[[nodiscard]] std::vector<std::uint64_t> largest_balances_of(const book& source);

/// The refusal of a unit beyond 2^62 steps, with its name.
[[nodiscard]] refusal over_limit_refusal(const book& source, std::uint32_t unit);

/// Sorts flagged units in report order: bankrupt first, then the printed health factor (blank first, then rising), then
/// unit. Runs in parallel; memory is reused.
class flagged_order {
 public:
  void sort(std::vector<unit_record>& records);

 private:
  struct key {
    int128 health_ppm;
    std::uint32_t place;
    std::uint32_t unit;
    unit_state state;
    bool has_health;
  };
  std::vector<key> keys_;
  std::vector<unit_record> sorted_;
};

/// A bankrupt position, with the values at which the executor will close it.
struct bankrupt_position {
  std::uint32_t position = 0;  ///< Index into the book.
  std::int64_t allotted = 0;   ///< Its share of the unit's equity (<= 0).
  bankruptcy closing{};        ///< Bankruptcy value, uncovered part.
  price_ticks price{};         ///< Bankruptcy price.
};

/// One fill of the cover.
struct cover_fill {
  std::uint32_t loser = 0;  ///< Position indices.
  std::uint32_t winner = 0;
  std::uint32_t place = 0;  ///< Of the winner on its ladder, from 0.
  std::int64_t lots = 0;    ///< > 0
  std::uint64_t value = 0;  ///< Part of |BV| of the loser.
  price_ticks price{};      ///< The loser's bankruptcy price.
};

/// Per segment (2 x instrument + side): its demand and the cover found.
struct segment_figures {
  std::uint64_t positions = 0;
  std::uint64_t lots = 0;         ///< Open interest of the side.
  std::uint64_t demand = 0;       ///< Lots that bankrupt positions of the other side demand from this side.
  std::uint64_t covered = 0;      ///< Lots found.
  std::uint64_t ladder_lots = 0;  ///< Lots on the ladder.
};

/// The extent of the ladders in a scan's result.
enum class ladder_extent : std::uint8_t {
  prefixes,  ///< Each up to its last entry with a fill.
  demanded,  ///< For the executor: in full if there is demand; no cover, lights, segments or digests.
  full,      ///< Every ladder in full.
};

/// Figures to compute beyond units, flags and cover.
struct scan_options {
  std::optional<std::int64_t> as_of_ns;
  ladder_extent ladders = ladder_extent::prefixes;
  std::function<void(const char* stage)> on_stage{};  ///< Progress; called as each stage starts.
};

/// The result of one tick. Indices are into the book, which must outlive it.
struct scan_result {
  const book* source = nullptr;
  std::optional<std::int64_t> as_of_ns;  ///< Ages of marks count up to it: the requested time, else the newest mark's.
  std::vector<held_mark> held;           ///< By rising instrument.
  clocks_ahead ahead;                    ///< None if a time was requested.
  tick_prices prices;
  margin_result margin;
  std::vector<std::uint32_t> flagged;        ///< In report order: worst state, printed health factor, account, unit.
  std::vector<unit_record> flagged_records;  ///< The same units with their figures.
  std::vector<unit_record> dust;             ///< Bankrupt by less than `[margin] dust`, in the same order: not flagged.
  std::vector<bankrupt_position> bankrupt;   ///< Of bankrupt, unheld units; by unit, then position.
  std::vector<cover_fill> cover;             ///< By instrument, long losers first, then fill order.
  std::vector<segment_figures> segments;
  std::vector<uint128> instrument_deficit;     ///< Per instrument: sum of |allotted| of its bankrupt positions.
  rank_result ladder;                          ///< Prefixes as printed: every entry up to the last one with a fill.
  std::vector<std::uint32_t> ladder_segments;  ///< Segment of each prefix, rising.
  std::uint64_t tick_digest = 0;
  std::uint64_t full_digest = 0;
  std::vector<stage_time> times;
  std::string backend_name;
  std::string backend_device;
  std::vector<std::string> events;  ///< Notes for a reader: a lost device, ...
};

/// Scans `source` on `machine`, which must have loaded it. Returns errors of the device; see scan_with_fallback.
[[nodiscard]] result<scan_result> scan_book(const book& source, backend& machine, const scan_options& options,
                                            refusal_list& refusals);

/// Loads and scans on `machine`. If the device fails meanwhile, completes the same tick on the CPU with `threads`
/// threads, with the same bytes, and reports that in `events`. `machine` is then that CPU backend for all further
/// ticks.
[[nodiscard]] result<scan_result> scan_with_fallback(const book& source, std::unique_ptr<backend>& machine, int threads,
                                                     const scan_options& options, refusal_list& refusals);

/// Equity of a unit split over its positions: signed parts in position order. Their sum is the unit's equity.
[[nodiscard]] std::vector<std::int64_t> allot_equity(const book& source, const tick_prices& prices, std::uint32_t unit,
                                                     std::int64_t equity);
/// The same for many units one after the other, with memory that is reused. A result is valid until the next call.
struct allotment_scratch {
  std::vector<uint128> maintenance, notional;
  std::vector<std::int64_t> parts;

  void reserve(std::size_t positions);
};
[[nodiscard]] std::span<const std::int64_t> allot_equity(const book& source, const tick_prices& prices,
                                                         std::uint32_t unit, std::int64_t equity,
                                                         allotment_scratch& scratch);

/// Figures of one position at a tick, as reports show them.
struct position_figures {
  std::int64_t value = 0;
  std::int64_t pnl = 0;
  std::uint64_t notional = 0;
  requirement required{};
};
[[nodiscard]] position_figures figures_of(const book& source, const tick_prices& prices, std::uint32_t position);

/// The inputs of a position's score, from a published tick, whether it is on the ladder or not.
[[nodiscard]] score_input score_input_of(const scan_result& scan, std::uint32_t position);

/// MM of a unit as reported: rounded up to the step.
[[nodiscard]] std::int64_t maintenance_of(const scan_result& scan, std::uint32_t unit);

/// The top-up that brings a unit's margin equity to its MM, in its steps; at most 0 if none is needed.
[[nodiscard]] std::int64_t top_up_of(const scan_result& scan, std::uint32_t unit);

/// Liquidation price of a position in ticks; no_ticks if there is none.
[[nodiscard]] price_ticks liquidation_price_of(const scan_result& scan, std::uint32_t position);

}  // namespace plimsoll
