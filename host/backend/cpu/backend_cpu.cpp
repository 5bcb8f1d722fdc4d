// The CPU backend: owns a resident book and the threads. The passes are in their own files.
#include "host/backend/cpu/backend_cpu.hpp"

#include <chrono>
#include <fstream>
#include <optional>
#include <string>

#include <fmt/format.h>
#include <tbb/global_control.h>
#include <tbb/task_arena.h>

#include "host/backend/call_checks.hpp"
#include "host/backend/cpu/rank_ladders_cpu.hpp"
#include "host/backend/cpu/resident_cpu.hpp"
#include "host/backend/cpu/scan_units_cpu.hpp"
#include "host/backend/cpu/score_inputs_cpu.hpp"
#include "host/backend/cpu/screen_units_cpu.hpp"
#include "host/backend/cpu/vector_targets.hpp"
#include "host/memory/guarded.hpp"

namespace plimsoll {
namespace {

/// "AMD EPYC", as the system names the processor; "CPU" if it does not.
std::string read_processor_name() {
  std::ifstream facts("/proc/cpuinfo");
  for (std::string line; std::getline(facts, line);) {
    if (line.starts_with("model name")) {
      const std::size_t value = line.find(": ");
      if (value != std::string::npos) { return line.substr(value + 2); }
    }
  }
  return "CPU";
}

/// The same, read once: the system makes the text of the file for each reader.
const std::string& processor_name() {
  static const std::string name = read_processor_name();
  return name;
}

class seconds_since {
 public:
  [[nodiscard]] double operator()() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

class backend_cpu final : public backend {
 public:
  backend_cpu(int threads, const cpu_costs& costs)
      : costs_(costs), arena_(threads > 0 ? threads : tbb::task_arena::automatic) {
    // More threads than cores need a raised limit. Tests request seven on any machine.
    const auto allowed = tbb::global_control::active_value(tbb::global_control::max_allowed_parallelism);
    if (threads > 0 && static_cast<std::size_t>(threads) > allowed) {
      more_threads_.emplace(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(threads));
    }
    arena_.initialize();
    const int given = arena_.max_concurrency();
    device_ = fmt::format("{}, {} thread{}", processor_name(), given, given == 1 ? "" : "s");
  }

  [[nodiscard]] std::string_view name() const override { return "cpu"; }
  [[nodiscard]] std::string device() const override { return fmt::format("{}, {}", device_, vector_target()); }
  [[nodiscard]] std::span<const stage_time> times() const override { return times_; }

  [[nodiscard]] status load(const book& source) override {
    return guarded([&] {
      ticked_ = false;
      screen_.made = false;
      tiles_stale_ = false;
      times_.clear();
      const seconds_since begin;
      make_resident(source, resident_);
      tasks_ = make_ladder_tasks(resident_);
      times_.push_back({"load", begin(), source.positions.size() * std::uint64_t{44}});
      load_times_ = times_.size();
    });
  }

  [[nodiscard]] status margin(const tick_prices& prices, bool publish, margin_result& out) override {
    PLIMSOLL_TRY(check_margin_call(resident_.source, prices));
    return guarded([&] {
      ticked_ = false;
      times_.resize(load_times_);
      const seconds_since begin_margin;
      prepare_tick_cpu(resident_, prices, tick_);
      scan(publish, out);
      times_.push_back({"margin", begin_margin(), margin_bytes(publish)});
      const seconds_since begin_compact;
      compact_flagged(resident_, tiles_, out);
      times_.push_back(
          {"compact", begin_compact(), resident_.source->units.size() + out.flagged.size() * std::uint64_t{4}});
      margin_times_ = times_.size();
      ticked_ = true;
    });
  }

  [[nodiscard]] status apply(const book_changes& changes) override {
    if (resident_.source == nullptr) { return error{error_code::usage, "changes were given before load"}; }
    return guarded([&] {
      ticked_ = false;
      times_.resize(load_times_);
      const seconds_since begin;
      for (const std::uint32_t entry : changes.entries) { load_entry(resident_, entry); }
      tiles_stale_ = tiles_stale_ || !changes.rows.empty();
      if (changes.segments) { tasks_ = make_ladder_tasks(resident_); }
      rebase_changed(resident_, changes.units, screen_);
      times_.push_back(
          {"apply", begin(), changes.entries.size() * std::uint64_t{48} + changes.units.size() * std::uint64_t{64}});
    });
  }

  [[nodiscard]] result<bool> retier() override {
    if (resident_.source == nullptr) { return error{error_code::usage, "other tiers were given before load"}; }
    PLIMSOLL_TRY(guarded([&] {
      ticked_ = false;
      times_.resize(load_times_);
      make_tiers(resident_);
      retier_reference(resident_, screen_);
    }));
    return true;
  }

  [[nodiscard]] result<bool> relist(const tick_prices& reference, const move_groups& groups) override {
    if (resident_.source == nullptr) { return error{error_code::usage, "relist was called before load"}; }
    PLIMSOLL_TRY(guarded([&] {
      ticked_ = false;
      times_.resize(load_times_);
      // The columns are the book's own, and entries do not move.
      make_tiers(resident_);
      tasks_ = make_ladder_tasks(resident_);
      if (!screen_.made) { return; }
      screen_.made = false;
      prepare_tick_cpu(resident_, reference, screen_.reference);
      screen_.groups = groups;
      screen_.made = true;
    }));
    return true;
  }

  [[nodiscard]] result<bool> reprice(const tick_prices& reference) override {
    if (!screen_.made) { return error{error_code::usage, "a reference was given before a rebase"}; }
    PLIMSOLL_TRY(guarded([&] { prepare_tick_cpu(resident_, reference, screen_.reference); }));
    return true;
  }

  [[nodiscard]] status judge(const tick_prices& prices, tick_judgement& out) override {
    PLIMSOLL_TRY(check_margin_call(resident_.source, prices));
    return guarded([&] {
      ticked_ = false;
      times_.resize(load_times_);
      const seconds_since begin;
      prepare_tick_cpu(resident_, prices, tick_);
      scan(false, scanned_);
      judge_scanned(resident_, tick_, tiles_, scanned_, out);
      times_.push_back({"judge", begin(), margin_bytes(false) + out.records.size() * std::uint64_t{64}});
      margin_times_ = times_.size();
      ticked_ = true;
    });
  }

  [[nodiscard]] status rebase(const tick_prices& prices, const move_groups& groups, tick_judgement& out) override {
    PLIMSOLL_TRY(check_margin_call(resident_.source, prices));
    PLIMSOLL_TRY(check_groups(*resident_.source, groups));
    return guarded([&] {
      ticked_ = false;
      times_.resize(load_times_);
      const seconds_since begin;
      prepare_tick_cpu(resident_, prices, tick_);
      rebase_units(resident_, tick_, groups, screen_, cache_, out);
      times_.push_back({"rebase", begin(), margin_bytes(false) + resident_.source->units.size() * std::uint64_t{12}});
      after_judging();
      score_inputs_made_ = !reads_requirements(*resident_.source);
    });
  }

  [[nodiscard]] result<bool> screen(const tick_prices& prices, const tick_moves& moves, tick_judgement& out) override {
    PLIMSOLL_TRY(check_margin_call(resident_.source, prices));
    if (!screen_.made) { return error{error_code::usage, "a screen was asked for before a rebase"}; }
    bool judged = false;
    PLIMSOLL_TRY(guarded([&] {
      ticked_ = false;
      times_.resize(load_times_);
      const seconds_since begin;
      prepare_tick_cpu(resident_, prices, tick_);
      judged = screen_units(resident_, tick_, moves, screen_, out);
      times_.push_back(
          {"screen", begin(),
           resident_.source->units.size() * std::uint64_t{3} + (judged ? out.evaluated * std::uint64_t{64} : 0)});
      if (judged) { after_judging(); }
    }));
    return judged;
  }

  [[nodiscard]] result<std::uint64_t> reached(const tick_moves& moves) override {
    if (!screen_.made) { return error{error_code::usage, "a screen was asked for before a rebase"}; }
    std::uint64_t units = 0;
    PLIMSOLL_TRY(guarded([&] { units = find_screen_candidates(moves, screen_); }));
    return units;
  }

  [[nodiscard]] status rank(const rank_request& request, rank_result& out) override {
    PLIMSOLL_TRY(check_rank_call(ticked_, ticked_ ? resident_.source->sides.segments() : 0, request));
    return guarded([&] {
      times_.resize(margin_times_);
      if (!score_inputs_made_) { make_score_inputs(request); }
      rank_ladders(resident_, tick_, cache_, tasks_, request, rank_scratch_, out, times_);
    });
  }

 private:
  /// Runs a body on the arena's threads. The only possible failure is a lack of memory.
  template <class Body>
  status guarded(const Body& body) {
    return plimsoll::guarded("the CPU backend could not get the memory it needs", [&] {
      arena_.execute(body);
      return ok();
    });
  }

  /// A pass over every unit at `tick_`, which writes the inputs of scores to the cache.
  void scan(bool publish, margin_result& out) {
    refresh_tiles();
    scan_units(resident_, tick_, publish, cache_, tiles_, out);
    score_inputs_made_ = true;
  }

  /// Computes the inputs of the requested scores, if the last pass was a screen or a rebase.
  void make_score_inputs(const rank_request& request) {
    const seconds_since begin;
    const book& source = *resident_.source;
    std::uint64_t bytes = 0;
    const bool few = are_few(request);
    if (few) {
      asked_.write_inputs(resident_, tick_, screen_, cache_);
      bytes = source.units.size() / 8 + asked_.count() * std::uint64_t{64};
    } else if (reads_requirements(source)) {
      scan(false, scanned_);
      bytes = margin_bytes(false);
    } else {
      refresh_tiles();
      make_all_score_inputs(resident_, tick_, screen_, cache_);
      bytes = margin_bytes(false);
      score_inputs_made_ = true;
    }
    times_.push_back({few ? "inputs_asked" : "inputs", begin(), bytes});
  }

  /// True if the request needs few units, which `asked_` then has.
  [[nodiscard]] bool are_few(const rank_request& request) {
    if (request.full_ladder || !request.prefixes_only) { return false; }
    const std::uint64_t units = resident_.source->units.size();
    const auto few = [&](std::uint64_t count) { return count * costs_.units_passed <= units; };
    // Finding the units is cheap compared with evaluating them. Most of them have one entry.
    if (!few(entries_of(*resident_.source, request.demands) / 2)) { return false; }
    asked_.find(resident_, request.demands);
    return few(asked_.count());
  }

  void refresh_tiles() {
    if (tiles_stale_) { make_tiles(resident_); }
    tiles_stale_ = false;
  }

  void after_judging() {
    margin_times_ = times_.size();
    score_inputs_made_ = false;
    ticked_ = true;
  }

  /// Instrument, lots; first position, cash; verdict, equity for the ladder; with `publish` the figures.
  [[nodiscard]] std::uint64_t margin_bytes(bool publish) const {
    const book& source = *resident_.source;
    return source.positions.size() * std::uint64_t{10} + source.units.size() * std::uint64_t{publish ? 69U : 21U} +
           source.collateral.amount.size() * std::uint64_t{10};
  }

  cpu_costs costs_;
  std::optional<tbb::global_control> more_threads_;
  tbb::task_arena arena_;
  std::string device_;
  resident_cpu resident_;
  ladder_tasks tasks_;
  tick_cpu tick_;
  unit_cache cache_;
  std::vector<tile_summary> tiles_;
  std::vector<stage_time> times_;
  std::size_t load_times_ = 0;    ///< How many of `times_` belong to load.
  std::size_t margin_times_ = 0;  ///< How many of `times_` belong to load and margin.
  screen_cpu screen_;
  rank_scratch rank_scratch_;
  asked_units asked_;
  margin_result scanned_;           ///< Result of a pass whose caller needs only the cache or the judgement.
  bool ticked_ = false;             ///< A margin pass, judgement, rebase or screen of this book has succeeded.
  bool score_inputs_made_ = false;  ///< `cache_` has the inputs of scores.
  bool tiles_stale_ = false;        ///< Rows have moved since the tiles were made.
};

}  // namespace

std::unique_ptr<backend> make_cpu_backend(int threads, const cpu_costs& costs) {
  return std::make_unique<backend_cpu>(threads, costs);
}
std::unique_ptr<backend> make_cpu_backend(int threads) { return make_cpu_backend(threads, {}); }

}  // namespace plimsoll
