// One run of a book through a path, kept as figures: what a comparison has many of.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "host/backend/backend.hpp"
#include "host/book/book.hpp"
#include "host/compare/adl_metrics.hpp"
#include "host/replay/tick_inputs.hpp"
#include "host/text/refusal.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll {

/// A fork's figures in one settlement asset, in its steps, over all ticks.
struct fork_figures {
  std::uint32_t asset = 0;
  adl_money money;
  haircut_spread spread;
  asset_flows flows;        ///< Sums over the ticks; `unpaid` is what the last tick left.
  int128 fund_balance = 0;  ///< After the last tick.
  /// Losses that bankrupt units could not bear: what fund, winners, payers and nobody bore.
  [[nodiscard]] int128 borne() const { return flows.fund_paid + flows.adl_haircut + flows.socialised + flows.unpaid; }
  /// Did anything go beyond the fund?
  [[nodiscard]] bool beyond_fund() const { return flows.adl != 0 || flows.socialised != 0 || flows.unpaid != 0; }
};

struct fork_outcome {
  std::vector<fork_figures> assets;  ///< Every settlement asset, by name.
  haircut_spread overall;            ///< Over all assets: ratios and accounts need no common money.
  std::uint64_t ticks = 0;
  std::uint64_t passes = 0;  ///< Scans carried out.
  std::uint64_t plans = 0;
  std::uint64_t events = 0;
  /// Sum of a hash of each event: equal logs have equal digests. docs/design.md section 7, "Digests".
  std::uint64_t events_digest = 0;
  held_summary held;                       ///< Markets that were held on the way.
  std::vector<note> notes;                 ///< Of its ticks.
  std::vector<std::string> machine_notes;  ///< A lost device, ...
  bool conserved = false;  ///< The sums over every account after the last tick are those before the first.
  double seconds = 0;
};

/// What is the same for every fork of a run.
struct fork_options {
  std::function<result<std::unique_ptr<backend>>()> make_machine;
  input_names inputs{};
  int threads = 0;  ///< For the CPU backend that takes over from a failing device; 0: all.
  std::function<void()> on_tick{};
};

/// Takes `start` through the path under `rules`. Errors are those of `replay`; bad data goes to `refusals`. `machine`:
/// that of the fork before, which keeps its memory, or null; it is made where it is missing, and left for the next fork
/// unless it failed in this one.
[[nodiscard]] result<fork_outcome> run_fork(opened_book start, rulebook rules, std::span<const tick_inputs> path,
                                            const fork_options& options, std::unique_ptr<backend>& machine,
                                            refusal_list& refusals);

/// Assets that contracts settle in (`multi`: the quote), rising.
[[nodiscard]] std::vector<std::uint32_t> settlement_assets(const reference_data& reference);

}  // namespace plimsoll
