// Runs stages: warm-up, samples with a copy before each, figures, digest.
#include <algorithm>
#include <array>
#include <iterator>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "bench/bench.hpp"
#include "bench/copy_speed.hpp"
#include "bench/energy_meter.hpp"
#include "bench/figure_text.hpp"
#include "bench/stage.hpp"
#include "bench/variants.hpp"
#include "host/backend/choose.hpp"
#include "host/generate/generate.hpp"

namespace plimsoll::bench {
namespace {

constexpr std::array all_stages{
    &upload_stage,        &scan_units_stage,    &publish_units_stage, &compact_flagged_stage,
    &score_entries_stage, &rank_lights_stage,   &select_cover_stage,  &sort_ladders_stage,
    &tick_stage,          &tick_quiet_stage,    &tick_1_stage,        &tick_3_stage,
    &tick_gap_stage,      &judge_units_stage,   &rebase_units_stage,  &screen_units_stage,
    &engine_quiet_stage,  &engine_small_stage,  &engine_1_stage,      &engine_3_stage,
    &engine_gap_stage,    &engine_update_stage, &engine_full_stage,
#if defined(PLIMSOLL_WITH_IO)
    &load_parquet_stage,  &load_csv_stage,
#endif
#if defined(PLIMSOLL_WITH_CUDA)
    &thrust_margin_stage, &thrust_lights_stage, &thrust_sort_stage,
#endif
};

constexpr int warm_ups = 3;
constexpr int samples_least = 5;  ///< Enough for a rank test to tell two runs apart.
constexpr std::uint64_t default_instruments = 256;
/// Beyond any cache here, on either machine; so the copy before a sample also evicts all of its input.
constexpr std::size_t host_copy_bytes = std::size_t{256} << 20;
constexpr std::size_t device_copy_bytes = std::size_t{1} << 30;

/// The requested stages, in their own order.
result<std::vector<const stage*>> chosen_stages(const std::vector<std::string>& names) {
  std::vector<const stage*> chosen;
  for (const stage* one : all_stages) {
    if ((names.empty() && !one->by_name_only) || std::find(names.begin(), names.end(), one->name) != names.end()) {
      chosen.push_back(one);
    }
  }
  for (const std::string& name : names) {
    if (std::none_of(all_stages.begin(), all_stages.end(), [&](const stage* one) { return one->name == name; })) {
      return error{error_code::usage, fmt::format("there is no stage \"{}\"", name)};
    }
  }
  return chosen;
}

/// The folder for a stage's files. It is removed with its content.
class scratch_folder {
 public:
  explicit scratch_folder(const std::string& wanted) : path_(wanted) {
    if (!path_.empty()) { return; }
    std::error_code ignored;
    path_ = std::filesystem::temp_directory_path(ignored) /
            fmt::format("plimsoll-bench-{}", std::chrono::steady_clock::now().time_since_epoch().count());
  }
  ~scratch_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// One book on one machine, stage after stage.
class bench_run {
 public:
  bench_run(subject on, copy_speed* copy, energy_meter* energy, const options& wanted)
      : on_(std::move(on)), copy_(copy), energy_(energy), wanted_(wanted) {}

  status prepare() {
    refusal_list refusals;
    PLIMSOLL_TRY(prepare_tick(on_.source, on_.source.marks, {}, on_.prices, refusals));
    return on_.machine.load(on_.source);
  }

  result<record> measure(const stage& one) {
    record out;
    out.stage = one.name;
    out.accounts = on_.source.accounts.size();
    out.positions = on_.source.positions.size();
    out.instruments = on_.source.reference.instruments.size();
    out.backend = on_.machine.name();
    out.device = on_.machine.device();
    PLIMSOLL_TRY(one.prepare(on_));
    const int samples = wanted_.digests_only ? 1 : std::min(wanted_.samples, one.samples_most);
    const int before = wanted_.digests_only ? 0 : std::min(warm_ups, samples);
    std::vector<double> seconds;
    std::vector<double> copies;
    const stopwatch watch;
    for (int i = -before; i < samples; ++i) {
      if (i >= samples_least && wanted_.seconds_most > 0 && watch.seconds() > wanted_.seconds_most) { break; }
      if (copy_ != nullptr) {
        auto copied = copy_->once();
        if (!copied) { return std::move(copied).error(); }
        if (i >= 0) { copies.push_back(copied.value()); }
      }
      auto taken = one.run(on_);
      if (!taken) { return std::move(taken).error(); }
      if (i >= 0) { seconds.push_back(taken.value().seconds); }
      out.bytes = taken.value().bytes;
    }
    out.digest = one.digest(on_);
    if (wanted_.digests_only) {
      out.bytes = 0;
      return out;
    }
    std::sort(seconds.begin(), seconds.end());
    std::sort(copies.begin(), copies.end());
    out.samples = static_cast<int>(seconds.size());
    out.median_us = quantile(seconds, 0.5) * 1e6;
    out.p99_us = quantile(seconds, 0.99) * 1e6;
    out.min_us = seconds.front() * 1e6;
    out.max_us = seconds.back() * 1e6;
    for (const double spent : seconds) { out.sample_us.push_back(spent * 1e6); }
    out.gb_per_s = out.median_us > 0 ? static_cast<double>(out.bytes) / out.median_us * 1e-3 : 0;
    out.copy_gb_per_s = quantile(copies, 0.5);
    PLIMSOLL_TRY(meter(one, out));
    return out;
  }

 private:
  /// Joules per run, over runs back to back, because a counter moves in steps far longer than a stage. They include the
  /// host's part of a run (its digest in `tick`).
  status meter(const stage& one, record& out) {
    if (energy_ == nullptr || wanted_.energy_seconds <= 0) { return ok(); }
    const auto before = energy_->joules();
    const stopwatch watch;
    int runs = 0;
    do {
      if (auto taken = one.run(on_); !taken) { return std::move(taken).error(); }
      ++runs;
    } while (watch.seconds() < wanted_.energy_seconds);
    const auto after = energy_->joules();
    if (before && after) { out.joules = (*after - *before) / runs; }
    return ok();
  }

  subject on_;
  copy_speed* copy_;
  energy_meter* energy_;
  const options& wanted_;
};

/// The yardstick of a machine; none if only digests are requested.
result<std::unique_ptr<copy_speed>> copy_for(const backend& machine, const options& wanted) {
  if (wanted.digests_only) { return std::unique_ptr<copy_speed>(); }
  if (machine.name() == "cuda") { return make_device_copy(device_copy_bytes); }
  return make_host_copy(host_copy_bytes, machine.name() == "cpu" ? wanted.threads : 1);
}

/// The energy meter of the machine that computes; null if there is none.
std::unique_ptr<energy_meter> meter_for(const backend& machine, const options& wanted) {
  if (wanted.digests_only || wanted.energy != nullptr) { return nullptr; }
  return machine.name() == "cuda" ? make_nvml_meter(device_bus_id()) : make_rapl_meter();
}

/// The source of a book.
struct origin {
  std::optional<venue_recipe> recipe{};
  std::string folder{};
};

/// The stages on one machine.
status append_on(backend& machine, const launch_variant* variant, book& source, const origin& from,
                 const options& wanted, const progress& say, std::vector<record>& out) {
  auto stages = chosen_stages(wanted.stages);
  if (!stages) { return std::move(stages).error(); }
  auto copy = copy_for(machine, wanted);
  if (!copy) { return std::move(copy).error(); }
  const std::unique_ptr<energy_meter> energy = meter_for(machine, wanted);
  const scratch_folder scratch(wanted.scratch);
  bench_run bench({source, machine, wanted.threads, scratch.path(), from.recipe, from.folder, variant},
                  copy.value().get(), wanted.energy != nullptr ? wanted.energy : energy.get(), wanted);
  PLIMSOLL_TRY(bench.prepare());
  for (const stage* one : stages.value()) {
    if (say && !say(fmt::format("{} accounts, {} positions: {}", grouped(source.accounts.size()),
                                grouped(source.positions.size()), one->name))) {
      return error{error_code::interrupted, "interrupted"};
    }
    auto taken = bench.measure(*one);
    if (!taken) { return std::move(taken).error(); }
    if (variant != nullptr) { taken.value().variant = variant->name; }
    if (from.recipe) {
      taken.value().seed = from.recipe->seed;
      taken.value().shape = to_string(from.recipe->shape);
    }
    if (wanted.keep) { PLIMSOLL_TRY(wanted.keep(taken.value())); }
    out.push_back(std::move(taken).value());
  }
  return ok();
}

/// The requested variants.
result<std::vector<launch_variant>> chosen_variants(const options& wanted) {
  const bool all = wanted.variants.size() == 1 && wanted.variants.front() == "all";
  std::vector<launch_variant> chosen;
  const auto add = [&](std::string_view name) -> status {
    auto one = variant_named(name);
    if (!one) { return std::move(one).error(); }
    chosen.push_back(one.value());
    return ok();
  };
  if (all) {
    for (const std::string_view name : variants_of_launches()) { PLIMSOLL_TRY(add(name)); }
  } else {
    for (const std::string& name : wanted.variants) { PLIMSOLL_TRY(add(name)); }
  }
  return chosen;
}

status append_records(book& source, const origin& from, const options& wanted, const progress& say,
                      std::vector<record>& out) {
  if (wanted.variants.empty()) {
    auto machine = choose_backend(wanted.backend, wanted.threads, device_bytes_needed(source));
    if (!machine) { return std::move(machine).error(); }
    return append_on(*machine.value().machine, nullptr, source, from, wanted, say, out);
  }
  auto variants = chosen_variants(wanted);
  if (!variants) { return std::move(variants).error(); }
  for (const launch_variant& one : variants.value()) {
    auto machine = make_variant(wanted.backend, one);
    if (!machine) { return std::move(machine).error(); }
    PLIMSOLL_TRY(append_on(*machine.value(), &one, source, from, wanted, say, out));
  }
  return ok();
}

}  // namespace

status prepare_nothing(subject& /*on*/) { return ok(); }

status prepare_margin(subject& on) { return on.machine.margin(on.prices, true, on.margin); }

result<sample> measured(const backend& machine, std::initializer_list<std::string_view> stages) {
  sample sum;
  bool found = false;
  for (const stage_time& part : machine.times()) {
    if (std::find(stages.begin(), stages.end(), part.stage) == stages.end()) { continue; }
    sum.seconds += part.seconds;
    sum.bytes += part.bytes;
    found = true;
  }
  if (!found) {
    return error{error_code::invariant_broken,
                 fmt::format("the {} backend gives no time for the stage {}", machine.name(), *stages.begin())};
  }
  return sum;
}

std::vector<stage_name> stage_names() {
  std::vector<stage_name> names;
  for (const stage* one : all_stages) { names.push_back({one->name, one->what}); }
  return names;
}

result<std::vector<record>> run_on(book& source, const std::string& folder, const options& wanted,
                                   const progress& say) {
  std::vector<record> records;
  PLIMSOLL_TRY(append_records(source, {std::nullopt, folder}, wanted, say, records));
  return records;
}

result<std::vector<record>> run(const options& wanted, const progress& say) {
  std::vector<record> records;
  if (auto stages = chosen_stages(wanted.stages); !stages) {
    return std::move(stages).error();
  }  // Before a venue is made.
  if (auto variants = chosen_variants(wanted); !variants) { return std::move(variants).error(); }
  for (const venue_size& size : wanted.sizes) {
    venue_recipe recipe = recipe_of_shape(wanted.shape, default_instruments);
    recipe.accounts = size.accounts;
    recipe.positions = size.positions;
    if (wanted.instruments) { recipe.instruments = *wanted.instruments; }
    recipe.seed = wanted.seed;
    const std::string what =
        fmt::format("{} accounts, {} positions: ", grouped(size.accounts), grouped(size.positions));
    auto source = generate_book(recipe, [&](const char* stage_name) { return !say || say(what + stage_name); });
    if (!source) { return std::move(source).error(); }
    PLIMSOLL_TRY(append_records(source.value(), {recipe, {}}, wanted, say, records));
  }
  return records;
}

}  // namespace plimsoll::bench
