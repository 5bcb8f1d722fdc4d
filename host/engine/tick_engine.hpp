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

/// A mark of one instrument in place of the one it has.
struct new_mark {
  std::uint32_t instrument = no_id;
  mark to{};
  bool keeps_rest = false;  ///< What `to` lacks (its time, an index price) stays what it is.

  /// The mark that comes of it in place of `now`.
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
  std::uint64_t dust = 0;  ///< Not among the bankrupt: they owe less than `[margin] dust`.
};

struct engine_options {
  int threads = 0;  ///< Of the CPU that takes over from a failed device.
  bool screen = true;
  std::uint64_t evaluated_least = 256;  ///< So many units a screen may evaluate however few there are.
  double spare_share = 1.0 / 16;        ///< Vacant slots of the live book.
  std::uint32_t shift_limit = 4096;     ///< How many of its slots may be moved to make room for one.
  /// An executor acts on ticks: ladders are found whole, for `view`.
  bool for_executor = false;
  bool answers = true;  ///< False: a tick's answer has neither names nor counts nor cover, but times and notes alone.
  std::string updates_file = "updates";  ///< What refusals call the updates.
};

/// A book as an engine with an executor holds it before the first tick. Forks of one book are copies of it.
struct opened_book {
  live_book live;
  std::vector<system_row> opening;  ///< What the system's accounts hold.
};
/// Lays a dense book out, with the cross units that isolated positions return their margin to.
[[nodiscard]] result<opened_book> open_book(book&& dense, const engine_options& options = {});

/// Whoever keeps ids of instruments and assets beside the engine gets them ready for other ones, and returns what puts
/// them in place, which may not fail.
using revision_follower = std::function<std::function<void()>(const reference_change&, const reference_data& next)>;

/// What `tick_engine::apply` may be given beside updates.
struct apply_context {
  /// Marks that the next tick will bring: updates are judged at them where the instrument is among them.
  std::span<const new_mark> coming{};
  plan_sink on_plan{};               ///< Every plan that was posted, margins returned included.
  refusal_list* refusals = nullptr;  ///< Where a refusal goes besides the error.
};

/// The host book is the truth; the machine holds a cache of it. One thread at a time.
class tick_engine {
 public:
  tick_engine(std::unique_ptr<backend> machine, engine_options options)
      : machine_(std::move(machine)), options_(options) {}

  /// In place of what was loaded. bad_data: a mark, or a unit at the book's own marks, is beyond the limits;
  /// out_of_memory: perhaps nothing is loaded now.
  status load(book&& dense);
  status load(opened_book&& opened);
  [[nodiscard]] bool loaded() const { return live_.has_value(); }

  /// out_of_memory: an update may have been taken in part, so the book must be loaded anew, as every later call says.
  result<std::uint64_t> apply(std::span<const update> updates, const apply_context& context = {});
  /// Other reference data in place of the book's: more instruments and assets, other tiers; ids change. bad_data:
  /// something else differs, or a requirement would be beyond the limits at the present marks. After any error all is
  /// as it was.
  result<revision> revise(reference_data&& next, const reference_places& places = {},
                          const revision_follower& follower = {});
  /// Lays the book out anew and brings the machine up to date. out_of_memory: all is as it was.
  status make_room();
  /// Largest positions and balances, which marks are admitted by, are upper bounds until then.
  void settle_largest() { live_->settle_largest(); }
  [[nodiscard]] book_vacancy vacancy() const { return live_ ? live_->vacancy() : book_vacancy{}; }
  /// Marks as a tick takes them, in place of what `out` held. bad_data: the marks that a tick would refuse.
  status new_marks_of(std::span<const mark_update> marks, std::vector<new_mark>& out) const;
  /// After any error no mark was taken, and the next tick goes on from there.
  status tick(std::span<const mark_update> marks, tick_result& out, std::optional<std::int64_t> now_ns = std::nullopt);
  /// The same with whole marks: one without a time has none from now on.
  status tick_at(std::span<const new_mark> marks, tick_result& out, std::optional<std::int64_t> now_ns = std::nullopt);
  /// An executor begins, or ceases, to act on the ticks to come.
  void serve_executor(bool acts) { options_.for_executor = acts; }
  /// Opens the missing cross units that isolated positions return their margin to, so that no id changes while an
  /// executor works.
  status open_cross_units();
  /// What the last tick found, for an executor (`engine_options::for_executor`). Until the book changes or ticks again.
  [[nodiscard]] tick_view view() const {
    return {&live_->columns(), &prices_, flagged_, bankrupt_, segments_, &ladder_};
  }
  /// Every ladder at the last tick: keys and lights of all entries. Made when first asked for after a tick. usage: the
  /// book has changed since.
  [[nodiscard]] result<const rank_result*> ladders();
  /// Prices of the last tick (before it, of the book's own marks).
  [[nodiscard]] const tick_prices& prices() const { return prices_; }
  [[nodiscard]] status ready(const char* call) const;
  /// Whoever acts on the book ran out of memory on the way: every later call says that the book must be loaded anew.
  void require_load();
  /// Counts of the last tick by settlement asset; vacant units are left out. A pass over all units where the book has
  /// units of several assets.
  status count_by_asset(std::vector<state_counts>& out);

  [[nodiscard]] const book& columns() const { return live_->columns(); }
  /// The book as its files would give it, the system's accounts as they stand included.
  [[nodiscard]] book snapshot() const;
  [[nodiscard]] const ledger_state& system() const { return ledger_->state(); }
  /// Of the live book, for an executor that acts on it between ticks.
  [[nodiscard]] ledger& books() { return *ledger_; }
  [[nodiscard]] const ledger& books() const { return *ledger_; }
  [[nodiscard]] const std::vector<std::uint8_t>& delisted() const { return writer_->delisted(); }
  void restore_delisted(std::vector<std::uint8_t> delisted) { writer_->restore(std::move(delisted)); }
  [[nodiscard]] const backend& machine() const { return *machine_; }
  /// Gives the machine back. There are no more ticks then.
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
  void relist(const reference_change& change);
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
  unit_names names_;
  std::uint64_t updates_ = 0;
  std::uint64_t sequence_ = 0;

  tick_prices prices_;
  std::vector<std::uint32_t> changed_;  ///< Instruments with a new mark.
  std::vector<new_mark> marks_;         ///< Of a tick that is told by updates of marks.
  std::vector<changed_mark> marks_before_;
  tick_prices reference_;  ///< Of the radii.
  tick_prices last_;       ///< Of the tick before.
  move_grouping grouping_;
  move_groups groups_;
  bool unpriced_ = false;  ///< Marks went back: prices are not theirs.
  bool loaded_on_machine_ = false;
  bool tiers_stale_ = false;            ///< The machine's are those of before a revision.
  bool based_ = false;                  ///< Radii hold.
  std::string_view not_based_because_;  ///< Why they do not, where it is the book.
  tick_judgement judgement_;
  dust_limits dust_limits_;
  std::vector<unit_record> flagged_;
  std::vector<unit_record> dust_;  ///< Bankrupt by too little to be flagged.
  flagged_order order_;
  std::vector<bankrupt_unit> bankrupt_units_;
  cover_finder finder_;
  std::vector<bankrupt_position> bankrupt_;
  std::vector<cover_demand> demands_;
  std::vector<std::uint32_t> segments_;  ///< Of the demands.
  rank_result ladder_;
  rank_result ladders_;  ///< See `ladders`.
  bool ranked_ = false;  ///< They are of the last tick.
  std::vector<cover_fill> cover_;
};

}  // namespace plimsoll
