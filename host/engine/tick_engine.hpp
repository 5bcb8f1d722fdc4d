// The tick engine: a live book, the backend's copy of it, updates between ticks, screened ticks.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/backend/backend.hpp"
#include "host/book/live_book.hpp"
#include "host/book/revision.hpp"
#include "host/engine/answer.hpp"
#include "host/engine/cover.hpp"
#include "host/engine/dust.hpp"
#include "host/engine/moves.hpp"
#include "host/engine/scan.hpp"
#include "host/engine/tick_view.hpp"
#include "host/updates/ledger.hpp"
#include "host/updates/margin_return.hpp"
#include "host/updates/update.hpp"
#include "plimsoll/revision.hpp"
#include "plimsoll/tick.hpp"

namespace plimsoll {

/// A mark that replaces an instrument's present one.
struct new_mark {
  std::uint32_t instrument = no_id;
  mark to{};
  bool keeps_rest = false;  ///< Fields that `to` lacks (its time, an index price) keep their values.

  /// The resulting mark, if `now` is the present one.
  [[nodiscard]] mark over(const mark& now) const {
    if (!keeps_rest) { return to; }
    mark out = now;
    out.ticks = to.ticks;
    if (to.as_of_ns) { out.as_of_ns = to.as_of_ns; }
    return out;
  }
};

/// Units of one settlement asset by state (held ones included), and how many are held.
struct state_counts {
  std::uint64_t units = 0;
  std::uint64_t states[4] = {0, 0, 0, 0};
  std::uint64_t held = 0;
  std::uint64_t dust = 0;  ///< Bankrupt by less than `[margin] dust`; not counted by state.
};

struct engine_options {
  int threads = 0;  ///< CPU threads, if the CPU takes over from a failed device.
  bool screen = true;
  std::uint64_t evaluated_least = 256;  ///< A screen may always evaluate this many units.
  double spare_share = 1.0 / 16;        ///< Vacant slots of the live book, as a share of the occupied ones.
  std::uint32_t shift_limit = 4096;     ///< Most slots of the live book that may be moved to open a row.
  /// True if an executor acts on ticks: ladders are found in full, for `view`.
  bool for_executor = false;
  bool answers = true;  ///< False: a tick's result has only times and notes; no names, counts or cover.
  std::string updates_file = "updates";  ///< The name of the updates in refusals.
};

/// A live book as an engine with an executor has it before the first tick. Forks of one book are copies of it.
struct opened_book {
  live_book live;
  std::vector<system_row> opening;  ///< The opening money and contracts of the system's accounts.
};
/// Makes a live book of a dense one and opens the missing cross units to which isolated positions would return their
/// margin.
[[nodiscard]] result<opened_book> open_book(book&& dense, const engine_options& options = {});

/// Called before new reference data changes ids, for code that stores ids of instruments and assets outside the engine.
/// It prepares everything under the new ids and returns a function that replaces the stored ids. That function must not
/// fail.
using revision_follower = std::function<std::function<void()>(const reference_change&, const reference_data& next)>;

/// Options of `tick_engine::apply`.
struct apply_context {
  /// Marks that the next tick will bring. Updates of their instruments are checked at them instead of the present
  /// marks.
  std::span<const new_mark> coming{};
  plan_sink on_plan{};               ///< Called with every plan that was posted, margins returned included.
  refusal_list* refusals = nullptr;  ///< Collects the refusals as well as the error.
};

/// The host book is authoritative; the backend holds a copy. Use it from one thread at a time.
class tick_engine {
 public:
  tick_engine(std::unique_ptr<backend> machine, engine_options options)
      : machine_(std::move(machine)), options_(options) {}

  /// Loads a book in place of the loaded one. bad_data: a mark, or a unit at the book's own marks, is beyond the
  /// limits; out_of_memory: there may be no loaded book now.
  status load(book&& dense);
  status load(opened_book&& opened);
  [[nodiscard]] bool loaded() const { return live_.has_value(); }

  /// out_of_memory: an update may have been applied in part, so every later call requires that the book is loaded
  /// again.
  result<std::uint64_t> apply(std::span<const update> updates, const apply_context& context = {});
  /// Takes new reference data: more instruments and assets, other tiers; ids change. bad_data: something else differs,
  /// or a requirement would be beyond the limits at the present marks. After any error nothing has changed.
  /// `follower` is called if ids change.
  result<revision> revise(reference_data&& next, const reference_places& places = {},
                          const revision_follower& follower = {});
  /// Rebuilds the book with vacant slots and updates the backend. out_of_memory: nothing has changed.
  status make_room();
  /// Makes the largest positions and balances exact, which limit the marks. Until then they are upper bounds.
  void settle_largest() { live_->settle_largest(); }
  [[nodiscard]] book_vacancy vacancy() const { return live_ ? live_->vacancy() : book_vacancy{}; }
  /// Marks in the form that a tick takes, in place of the content of `out`. bad_data: a tick would refuse them.
  status new_marks_of(std::span<const mark_update> marks, std::vector<new_mark>& out) const;
  /// After any error no mark was taken, and the next tick starts from the same state.
  status tick(std::span<const mark_update> marks, tick_result& out, std::optional<std::int64_t> now_ns = std::nullopt);
  /// The same with complete marks: a mark without a time replaces a mark with one.
  status tick_at(std::span<const new_mark> marks, tick_result& out, std::optional<std::int64_t> now_ns = std::nullopt);
  /// Reports that an executor begins, or ceases, to act on ticks.
  void serve_executor(bool acts) { options_.for_executor = acts; }
  /// Opens the missing cross units to which isolated positions would return their margin, so that no id changes while
  /// an executor acts.
  status open_cross_units();
  /// The findings of the last tick, for an executor (`engine_options::for_executor`). Valid until an update or a tick.
  [[nodiscard]] tick_view view() const {
    return {&live_->columns(), &prices_, flagged_, bankrupt_, segments_, &ladder_};
  }
  /// Every ladder at the last tick: keys and lights of all entries. Computed at the first call after a tick. usage: the
  /// book has changed since.
  [[nodiscard]] result<const rank_result*> ladders();
  /// Prices of the last tick; before the first tick, of the book's own marks.
  [[nodiscard]] const tick_prices& prices() const { return prices_; }
  /// Names of the loaded book.
  [[nodiscard]] const unit_names& names() const { return names_->units; }
  /// Keeps every name that the book has now. Equal until a load, a listing or a new account.
  [[nodiscard]] std::shared_ptr<const result_names> names_of_result();
  [[nodiscard]] status ready(const char* call) const;
  /// Reports that an executor ran out of memory half-way. Every later call requires that the book is loaded again.
  void require_load();
  /// Counts of the last tick by settlement asset, without vacant units. If the book's units settle in several assets,
  /// this is a pass over all units.
  status count_by_asset(std::vector<state_counts>& out);

  [[nodiscard]] const book& columns() const { return live_->columns(); }
  /// The book as its files would give it, with the present holdings of the system's accounts.
  [[nodiscard]] book snapshot() const;
  [[nodiscard]] const ledger_state& system() const { return ledger_->state(); }
  /// The ledger of the live book, for an executor that acts between ticks.
  [[nodiscard]] ledger& books() { return *ledger_; }
  [[nodiscard]] const ledger& books() const { return *ledger_; }
  [[nodiscard]] const std::vector<std::uint8_t>& delisted() const { return writer_->delisted(); }
  void restore_delisted(std::vector<std::uint8_t> delisted) { writer_->restore(std::move(delisted)); }
  [[nodiscard]] const backend& machine() const { return *machine_; }
  /// Returns the backend. No tick is possible afterwards.
  [[nodiscard]] std::unique_ptr<backend> take_machine() { return std::move(machine_); }
  [[nodiscard]] std::uint64_t bytes() const { return live_->bytes(); }

 private:
  struct changed_mark {
    std::uint32_t instrument;
    mark before;
  };

  // Updates.
  [[nodiscard]] std::optional<refusal> fault_of(const update& one, update_parties& parties,
                                                std::span<const std::int64_t> coming) const;
  [[nodiscard]] std::optional<refusal> fault_of_fill(const update& one, const both_sides& positions, std::int64_t lots,
                                                     std::optional<position_side> acts_on,
                                                     std::int64_t mark_ticks) const;

  // Reference data.
  [[nodiscard]] status admit_tiers(const reference_data& next, const reference_change& change,
                                   const reference_places& places) const;
  void renumber(reference_data&& next, const reference_change& change);
  void relist();
  [[nodiscard]] bool touch_holders(const std::vector<std::uint32_t>& instruments);

  void begin_book(std::span<const system_row> opening, tick_prices&& prices);
  void drop_book();

  // Ticks.
  [[nodiscard]] status admit_marks(std::span<const mark_update> marks) const;
  status take_marks(std::span<const new_mark> marks, std::optional<std::int64_t> now_ns);
  status run_tick(std::span<const new_mark> marks, tick_result& out, std::optional<std::int64_t> now_ns);
  void give_back_marks();
  status price(std::optional<std::int64_t> now_ns, refusal_list& refusals);
  status judge_and_cover(tick_result& out);
  status judge(tick_result& out);
  status price_unheld();
  status bring_up_to_date(tick_result& out);
  status find_cover(tick_result& out);
  void answer(tick_result& out);
  status broken(const status& why);

  std::unique_ptr<backend> machine_;
  engine_options options_;
  std::optional<live_book> live_;
  std::optional<ledger> ledger_;
  std::optional<update_writer> writer_;
  std::optional<margin_return> returns_;
  std::optional<error> poisoned_;
  std::shared_ptr<const named_book> names_;
  std::shared_ptr<const result_names> result_names_;  ///< See `names_of_result`.
  std::uint64_t updates_ = 0;
  std::uint64_t sequence_ = 0;

  tick_prices prices_;
  std::vector<std::uint32_t> changed_;  ///< Instruments with a new mark.
  std::vector<new_mark> marks_;         ///< Complete marks of the present tick.
  std::vector<changed_mark> marks_before_;
  tick_prices reference_;  ///< Of the safety radii.
  tick_prices last_;       ///< Of the previous tick.
  move_grouping grouping_;
  move_groups groups_;
  bool unpriced_ = false;  ///< `prices_` must be computed again: marks were given back, or ids changed.
  bool loaded_on_machine_ = false;
  bool tiers_stale_ = false;            ///< The backend still has the tiers before a revision.
  bool based_ = false;                  ///< Radii are valid.
  std::string_view not_based_because_;  ///< Why they are not, if the book is the reason.
  tick_judgement judgement_;
  dust_limits dust_limits_;
  std::vector<unit_record> flagged_;
  std::vector<unit_record> dust_;  ///< Bankrupt by an amount too small to be flagged.
  flagged_order order_;
  std::vector<bankrupt_unit> bankrupt_units_;
  cover_finder finder_;
  std::vector<bankrupt_position> bankrupt_;
  std::vector<cover_demand> demands_;
  std::vector<std::uint32_t> segments_;  ///< Of the demands.
  rank_result ladder_;
  rank_result ladders_;  ///< See `ladders`.
  bool ranked_ = false;  ///< `ladders_` is of the last tick.
  std::vector<cover_fill> cover_;
};

}  // namespace plimsoll
