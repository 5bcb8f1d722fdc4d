// The parts of a stage's bench. One file per stage defines one of these; harness.cpp runs them.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "host/backend/backend.hpp"
#include "host/book/book.hpp"
#include "host/engine/scan.hpp"
#include "host/generate/recipe.hpp"
#include "plimsoll/result.hpp"
#include "plimsoll/tick.hpp"

namespace plimsoll {
class tick_engine;
}  // namespace plimsoll

namespace plimsoll::bench {

class thrust_peer;
struct launch_variant;

/// A book resident on a machine at the tick of its marks, and the results of the last run on it.
struct subject {
  book& source;
  backend& machine;
  int threads = 0;                          ///< 0: all.
  std::filesystem::path scratch;            ///< For files; created by the stage that writes one.
  std::optional<venue_recipe> recipe{};     ///< The recipe of a generated book,
  std::filesystem::path folder{};           ///< or the folder from which the book was read.
  const launch_variant* variant = nullptr;  ///< The machine's launches, if a variant is tried.
  tick_prices prices{};
  margin_result margin{};
  rank_result ranks{};
  std::vector<bankrupt_position> bankrupt{};
  std::vector<cover_demand> demands{};
  std::shared_ptr<thrust_peer> peer{};
  move_groups groups{};
  tick_judgement judgement{};
  std::shared_ptr<tick_engine> engine{};
  std::shared_ptr<tick_engine> full_engine{};  ///< One that never screens.
  tick_result tick{};
  std::uint64_t digest = 0;  ///< For stages whose result does not outlive their run.
};

/// One run of a stage.
struct sample {
  double seconds = 0;
  std::uint64_t bytes = 0;
};

/// A stage.
struct stage {
  std::string_view name;
  std::string_view what;
  int samples_most;                            ///< For those that take seconds.
  status (*prepare)(subject& on);              ///< Once, not timed.
  result<sample> (*run)(subject& on);          ///< Timed.
  std::uint64_t (*digest)(const subject& on);  ///< Of the last run's result.
  bool by_name_only = false;                   ///< Left out unless it is named, because it is a peer.
};

inline constexpr int any_samples = 1'000'000;

extern const stage upload_stage;
extern const stage scan_units_stage;
extern const stage publish_units_stage;
extern const stage compact_flagged_stage;
extern const stage judge_units_stage;
extern const stage rebase_units_stage;
extern const stage screen_units_stage;
extern const stage score_entries_stage;
extern const stage rank_lights_stage;
extern const stage select_cover_stage;
extern const stage sort_ladders_stage;
extern const stage tick_stage;
extern const stage tick_quiet_stage;
extern const stage tick_1_stage;
extern const stage tick_3_stage;
extern const stage tick_gap_stage;
extern const stage engine_quiet_stage;
extern const stage engine_small_stage;
extern const stage engine_1_stage;
extern const stage engine_3_stage;
extern const stage engine_gap_stage;
extern const stage engine_update_stage;
extern const stage engine_full_stage;
extern const stage load_parquet_stage;
extern const stage load_csv_stage;
extern const stage thrust_margin_stage;  ///< If CUDA is built in.
extern const stage thrust_lights_stage;
extern const stage thrust_sort_stage;

/// Nothing to prepare.
[[nodiscard]] status prepare_nothing(subject& on);

/// A margin pass at the tick's prices, figures published: the input of rank stages.
[[nodiscard]] status prepare_margin(subject& on);

/// Sum of the machine's times of the named stages in its last calls. Error: invariant_broken if it has none of them.
[[nodiscard]] result<sample> measured(const backend& machine, std::initializer_list<std::string_view> stages);

/// Seconds since it was made.
class stopwatch {
 public:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace plimsoll::bench
