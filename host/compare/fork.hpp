// One run of a book through a path, stored as figures. A comparison has several of them.
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
  asset_flows flows;        ///< Sums over the ticks; `unpaid` is the amount after the last tick.
  int128 fund_balance = 0;  ///< After the last tick.
  /// Losses that bankrupt units could not bear: the sum of the parts that the fund, winners and payers bore and of the
  /// part that nobody bore.
  [[nodiscard]] int128 borne() const { return flows.fund_paid + flows.adl_haircut + flows.socialised + flows.unpaid; }
  /// True if there was a loss that the fund did not cover.
  [[nodiscard]] bool beyond_fund() const { return flows.adl != 0 || flows.socialised != 0 || flows.unpaid != 0; }
};

/// The haircut of an account in one settlement asset over all waves.
struct account_haircut {
  std::uint32_t asset = 0;
  std::string account;
  int128 haircut = 0;             ///< Against the marks of each wave.
  std::int64_t worst = 0;         ///< Largest haircut / equity of one of its units in one wave: see `haircut_ratio`.
  std::uint64_t deleveraged = 0;  ///< Its units that gave, once a wave.
};

struct fork_outcome {
  std::vector<fork_figures> assets;       ///< Every settlement asset, by name.
  std::vector<account_haircut> haircuts;  ///< By asset, then account; with `fork_options::keep_haircuts`.
  haircut_spread overall;                 ///< Over all assets, because ratios and accounts need no common currency.
  std::uint64_t ticks = 0;
  std::uint64_t passes = 0;  ///< Scans carried out.
  std::uint64_t plans = 0;
  std::uint64_t events = 0;
  /// Sum of a hash of each event: equal logs have equal digests. docs/design.md section 7, "Digests".
  std::uint64_t events_digest = 0;
  held_summary held;                       ///< Markets that were held in a tick of the path.
  std::vector<note> notes;                 ///< Of its ticks.
  std::vector<std::string> machine_notes;  ///< A lost device, ...
  bool conserved = false;  ///< The sums over every account after the last tick equal those before the first.
  double seconds = 0;
};

/// Inputs that every fork of a run shares.
struct fork_options {
  std::function<result<std::unique_ptr<backend>>()> make_machine;
  input_names inputs{};
  int threads = 0;  ///< For the CPU backend that takes over from a failing device; 0: all.
  std::function<void()> on_tick{};
  bool keep_haircuts = false;  ///< Fills `fork_outcome::haircuts`.
};

/// Takes `start` through the path under `rules`. Errors are those of `replay`; bad data goes to `refusals`. `machine`
/// is null or the backend of the previous fork, whose memory is used again. It is made if it is null, and remains for
/// the next fork unless it failed in this one.
[[nodiscard]] result<fork_outcome> run_fork(opened_book start, rulebook rules, std::span<const tick_inputs> path,
                                            const fork_options& options, std::unique_ptr<backend>& machine,
                                            refusal_list& refusals);

/// Assets in which contracts settle (`multi`: the quote), rising.
[[nodiscard]] std::vector<std::uint32_t> settlement_assets(const reference_data& reference);

}  // namespace plimsoll
