// The CPU backend: custody of a resident book and of the threads; the passes are in their own files.
#include <tbb/global_control.h>
#include <tbb/task_arena.h>

#include <chrono>
#include <fstream>
#include <new>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "host/backend/backend.hpp"
#include "host/backend/call_checks.hpp"
#include "host/backend/rank_ladders_cpu.hpp"
#include "host/backend/resident_cpu.hpp"
#include "host/backend/scan_units_cpu.hpp"

namespace plimsoll {
namespace {

/// "AMD EPYC", as the system names the processor; "CPU" where it does not.
std::string processor_name() {
  std::ifstream facts("/proc/cpuinfo");
  for (std::string line; std::getline(facts, line);) {
    if (line.starts_with("model name")) {
      const std::size_t value = line.find(": ");
      if (value != std::string::npos) { return line.substr(value + 2); }
    }
  }
  return "CPU";
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
  explicit backend_cpu(int threads) : arena_(threads > 0 ? threads : tbb::task_arena::automatic) {
    // More threads than cores are given only where they are allowed for: tests ask for seven on any machine.
    const auto allowed = tbb::global_control::active_value(tbb::global_control::max_allowed_parallelism);
    if (threads > 0 && static_cast<std::size_t>(threads) > allowed) {
      more_threads_.emplace(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(threads));
    }
    arena_.initialize();
    const int given = arena_.max_concurrency();
    device_ = fmt::format("{}, {} thread{}", processor_name(), given, given == 1 ? "" : "s");
  }

  [[nodiscard]] std::string_view name() const override { return "cpu"; }
  [[nodiscard]] std::string device() const override { return device_; }
  [[nodiscard]] std::span<const stage_time> times() const override { return times_; }

  [[nodiscard]] status load(const book& source) override {
    return guarded([&] {
      ticked_ = false;
      times_.clear();
      const seconds_since begin;
      make_resident(source, resident_);
      tasks_ = make_ladder_tasks(source);
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
      scan_units(resident_, tick_, publish, cache_, tiles_, out);
      times_.push_back({"margin", begin_margin(), margin_bytes(publish)});
      const seconds_since begin_compact;
      compact_flagged(resident_, tiles_, out);
      times_.push_back({"compact", begin_compact(), resident_.source->units.size() + out.flagged.size() * std::uint64_t{4}});
      margin_times_ = times_.size();
      ticked_ = true;
    });
  }

  [[nodiscard]] status rank(const rank_request& request, rank_result& out) override {
    PLIMSOLL_TRY(check_rank_call(ticked_, ticked_ ? resident_.source->sides.segments() : 0, request));
    return guarded([&] {
      times_.resize(margin_times_);
      rank_ladders(resident_, tick_, cache_, tasks_, request, out, times_);
    });
  }

 private:
  /// Runs a body on the arena's threads; memory that cannot be had is the only thing that may go wrong.
  template <class Body>
  status guarded(const Body& body) {
    try {
      arena_.execute(body);
    } catch (const std::bad_alloc&) {
      return error{error_code::out_of_memory, "the CPU backend could not get the memory it needs"};
    }
    return ok();
  }

  /// Instrument, lots; first position, cash; verdict, equity for the ladder; with `publish` the figures.
  [[nodiscard]] std::uint64_t margin_bytes(bool publish) const {
    const book& source = *resident_.source;
    return source.positions.size() * std::uint64_t{10} + source.units.size() * std::uint64_t{publish ? 69U : 21U} +
           source.collateral.amount.size() * std::uint64_t{10};
  }

  std::optional<tbb::global_control> more_threads_;
  tbb::task_arena arena_;
  std::string device_;
  resident_cpu resident_;
  ladder_tasks tasks_;
  tick_cpu tick_;
  unit_cache cache_;
  std::vector<tile_summary> tiles_;
  std::vector<stage_time> times_;
  std::size_t load_times_ = 0;    ///< How many of `times_` belong to load,
  std::size_t margin_times_ = 0;  ///< and to load and margin.
  bool ticked_ = false;           ///< A margin pass of this book has ended well.
};

}  // namespace

std::unique_ptr<backend> make_cpu_backend(int threads) { return std::make_unique<backend_cpu>(threads); }

}  // namespace plimsoll
