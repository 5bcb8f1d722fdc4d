// The device backend: custody of a resident book, one stream, and the order of the passes. nvcc makes the CUDA backend
// of this source, g++ the emulated one.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "host/backend/call_checks.hpp"
#include "host/backend/device_backend.hpp"
#include "host/backend/device_tuning.hpp"
#include "host/memory/guarded.hpp"
#include "kernels/device/algorithms.hpp"
#include "kernels/device/launch_plan.hpp"
#include "kernels/device/runtime.hpp"
#include "kernels/device/stage_clock.hpp"
#include "kernels/rank_ladders.hpp"
#include "kernels/resident/change_feed.hpp"
#include "kernels/resident/download.hpp"
#include "kernels/resident/loaded_book.hpp"
#include "kernels/scan/compact_flagged.hpp"
#include "kernels/scan/scan_units.hpp"
#include "kernels/screen_ticks.hpp"
#include "plimsoll/scores.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {
namespace {

#if defined(__CUDACC__)
constexpr const char* backend_name = "cuda";
#else
constexpr const char* backend_name = "emulated";
#endif

static_assert(sizeof(verdict) == sizeof(std::uint8_t), "Verdicts are copied as bytes.");
class device_backend final : public backend {
 public:
  static result<std::unique_ptr<backend>> make(const device_tuning& tuned);
  ~device_backend() override { wait_for_all(); }  // Nothing may run when buffers go.

  [[nodiscard]] std::string_view name() const override { return backend_name; }
  [[nodiscard]] std::string device() const override { return device_; }
  [[nodiscard]] std::span<const stage_time> times() const override { return times_; }

  [[nodiscard]] status load(const book& source) override {
    return guarded([&] { return load_book(source); });
  }
  [[nodiscard]] status margin(const tick_prices& prices, bool publish, margin_result& out) override {
    return guarded([&] { return margin_tick(prices, publish, out); });
  }
  [[nodiscard]] status apply(const book_changes& changes) override {
    return guarded([&] { return apply_changes(changes); });
  }
  [[nodiscard]] result<bool> retier() override {
    bool fits = false;
    PLIMSOLL_TRY(guarded([&] { return retier_book(fits); }));
    return fits;
  }
  [[nodiscard]] result<bool> relist(const tick_prices& reference, const move_groups& groups) override {
    PLIMSOLL_TRY(guarded([&] { return relist_book(reference, groups); }));
    return true;
  }
  [[nodiscard]] result<bool> reprice(const tick_prices& reference) override {
    PLIMSOLL_TRY(guarded([&] { return reprice_book(reference); }));
    return true;
  }
  [[nodiscard]] status judge(const tick_prices& prices, tick_judgement& out) override {
    return guarded([&] { return judge_tick(prices, out); });
  }
  [[nodiscard]] status rebase(const tick_prices& prices, const move_groups& groups, tick_judgement& out) override {
    return guarded([&] { return rebase_tick(prices, groups, out); });
  }
  [[nodiscard]] result<bool> screen(const tick_prices& prices, const tick_moves& moves, tick_judgement& out) override {
    bool judged = false;
    PLIMSOLL_TRY(guarded([&] { return screen_tick(prices, moves, out, judged); }));
    return judged;
  }
  [[nodiscard]] result<std::uint64_t> reached(const tick_moves& moves) override {
    std::uint64_t units = 0;
    PLIMSOLL_TRY(guarded([&] { return count_reached(moves, units); }));
    return units;
  }
  [[nodiscard]] status rank(const rank_request& request, rank_result& out) override {
    return guarded([&] { return rank_tick(request, out); });
  }

 private:
  device_backend(stream on, downloader results, stage_clock clock, change_feed feed)
      : on_(std::move(on)), results_(std::move(results)), clock_(std::move(clock)), feed_(std::move(feed)) {}

  /// Runs a call. After a failure nothing runs on the stream, and a new margin pass is needed before a rank pass. If
  /// changes of the book may have arrived in part, a new load is needed. A lost device stays lost: every later call
  /// reports it.
  template <class Body>
  status guarded(const Body& body);
  void wait_for_all() const {
    static_cast<void>(feed_.synchronize());
    static_cast<void>(on_.synchronize());
  }

  status load_book(const book& source);
  status margin_tick(const tick_prices& prices, bool publish, margin_result& out);
  status scan(scan_depth depth);
  status fetch_margin(bool publish, margin_result& out);
  status apply_changes(const book_changes& changes);
  status retier_book(bool& fits);
  status relist_book(const tick_prices& reference, const move_groups& groups);
  status reprice_book(const tick_prices& reference);
  status judge_tick(const tick_prices& prices, tick_judgement& out);
  status rebase_tick(const tick_prices& prices, const move_groups& groups, tick_judgement& out);
  status count_reached(const tick_moves& moves, std::uint64_t& units);
  status screen_tick(const tick_prices& prices, const tick_moves& moves, tick_judgement& out, bool& judged);
  status queue_recorded_screen();
  status begin_call();
  status wait();
  status wait_and_read();
  status refresh_tiles();
  [[nodiscard]] judging judgement();
  status rank_tick(const rank_request& request, rank_result& out);
  status make_score_inputs();
  status upload_prices(const tick_prices& prices);
  [[nodiscard]] tick_view tick() const;
  [[nodiscard]] tick_view reference() const;

  stream on_;  // First, so that it ends last.
  downloader results_;
  stage_clock clock_;
  change_feed feed_;
  std::string device_;
  launch_plan plan_;
  std::optional<error> lost_;
  std::optional<loaded_book> book_;
  bool ticked_ =
      false;  ///< The last margin pass, judgement, rebase or screen succeeded, and nothing has changed since.
  bool score_inputs_made_ = false;  ///< ... and the inputs of scores are on the device.
  std::vector<stage_time> times_;
  std::size_t load_times_ = 0;    ///< The number of `times_` that belong to load,
  std::size_t margin_times_ = 0;  ///< and to load and margin.
};

constexpr std::size_t stages_max = 8;

std::string describe(const device_info& info) {
  char text[320];
  std::snprintf(text, sizeof text, "%s, %.0f GiB", info.name.c_str(),
                static_cast<double>(info.memory_bytes) / (1024.0 * 1024.0 * 1024.0));
  return text;
}

result<std::unique_ptr<backend>> device_backend::make(const device_tuning& tuned) {
  const auto info = describe_device(0);
  if (!info) { return info.error(); }
  auto on = stream::make();
  if (!on) { return std::move(on).error(); }
  auto results = downloader::make();
  if (!results) { return std::move(results).error(); }
  auto clock = stage_clock::make(stages_max);
  if (!clock) { return std::move(clock).error(); }
  auto feed = change_feed::make();
  if (!feed) { return std::move(feed).error(); }
  std::unique_ptr<device_backend> made(new device_backend(std::move(on).value(), std::move(results).value(),
                                                          std::move(clock).value(), std::move(feed).value()));
  made->device_ = describe(info.value());
  made->plan_ = {info.value().multiprocessors, tuned};
  return std::unique_ptr<backend>(std::move(made));
}

template <class Body>
status device_backend::guarded(const Body& body) {
  if (lost_) { return *lost_; }
  const status outcome = plimsoll::guarded("The device backend could not get the host memory it needs.", body);
  if (outcome) { return outcome; }
  if (outcome.error().code == error_code::usage) { return outcome; }  // Nothing was queued.
  ticked_ = false;
  wait_for_all();
  results_.forget();
  if (book_) { book_->tiles_stale = book_->segments_stale = true; }  // A cut may not have arrived.
  if (book_ && !book_->settled) { book_.reset(); }
  if (outcome.error().code == error_code::device_lost) { lost_ = outcome.error(); }
  return outcome;
}

// --------------------------------------------------------------------------------------------------- load

status device_backend::load_book(const book& source) {
  wait_for_all();  // Changes of the previous book may still be in flight.
  book_.reset();   // Its memory is needed for the new book.
  ticked_ = false;
  times_.clear();
  load_times_ = margin_times_ = 0;
  const auto begin = std::chrono::steady_clock::now();
  const auto info = describe_device(0);
  if (!info) { return info.error(); }
  auto loaded = loaded_book::load(source, info.value().free_bytes, on_);
  if (!loaded) { return std::move(loaded).error(); }
  book_.emplace(std::move(loaded).value());
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin;
  times_.push_back({"load", spent.count(), book_->device.bytes});
  load_times_ = margin_times_ = times_.size();
  return ok();
}

// ------------------------------------------------------------------------------------------------- margin

tick_view device_backend::tick() const {
  const resident& device = book_->device;
  return {.instruments = device.instruments(),
          .bands = device.bands.view().part(0, device.band_count),
          .floors = device.floors.view().part(0, device.band_count),
          .assets = device.assets(),
          .weights = book_->weights,
          .call_ppm = book_->call_ppm,
          .rate_ppm_max = device.rate_ppm_max,
          .bound_max = bound_max_of(device.rate_ppm_max)};
}

tick_view device_backend::reference() const {
  tick_view view = tick();
  view.instruments = book_->device.reference_instruments.view();
  view.assets = book_->device.reference_assets.view();
  return view;
}

status device_backend::upload_prices(const tick_prices& prices) {
  tick_buffers& host = book_->host;
  host.set_prices(prices);
  PLIMSOLL_TRY(queue_prices(judgement()));
  return clock_.mark("upload", host.prices().size_bytes(), on_);
}

/// Cuts the tiles again if rows have moved too far since the last cut.
status device_backend::refresh_tiles() {
  if (!book_->tiles_stale) { return ok(); }
  PLIMSOLL_TRY(book_->device.cut_again(book_->source->units.first_position, on_));
  book_->tiles_stale = false;
  return ok();
}

/// Begins a call that judges units: no result is valid until it has succeeded.
status device_backend::begin_call() {
  ticked_ = score_inputs_made_ = false;
  times_.resize(load_times_);
  return clock_.begin(on_);
}

/// Waits for all work of the stream.
status device_backend::wait() {
  PLIMSOLL_TRY(on_.synchronize());
  if (!book_->settled) { PLIMSOLL_TRY(feed_.synchronize()); }  // Done by now; returns its errors.
  book_->settled = true;
  return ok();
}

/// Waits likewise, and reads the clock.
status device_backend::wait_and_read() {
  PLIMSOLL_TRY(wait());
  PLIMSOLL_TRY(clock_.read(times_));
  margin_times_ = times_.size();
  return ok();
}

status device_backend::scan(scan_depth depth) {
  resident& device = book_->device;
  PLIMSOLL_TRY(refresh_tiles());
  PLIMSOLL_TRY(copy_to_device(device.header.view(), book_->host.header_start.span(), on_));
  PLIMSOLL_TRY(scan_units(device.units(), tick(), device.target(), depth, book_->mode, plan_, on_));
  PLIMSOLL_TRY(clock_.mark("margin", scan_units_bytes(device.units(), device.target(), depth), on_));
  const std::uint32_t tiles = compact_tiles(device.unit_count);
  PLIMSOLL_TRY(compact_flagged(device.verdicts.view(), device.tile_counts.view().part(0, tiles + 1),
                               device.flagged.view(), device.header.data(), device.algorithms, on_));
  PLIMSOLL_TRY(clock_.mark("compact", 2 * std::uint64_t{device.unit_count}, on_));
  PLIMSOLL_TRY(copy_to_host(book_->host.header.span(), device.header.view(), on_));
  return on_.synchronize();
}

status device_backend::margin_tick(const tick_prices& prices, bool publish, margin_result& out) {
  PLIMSOLL_TRY(check_margin_call(book_ ? book_->source : nullptr, prices));
  PLIMSOLL_TRY(begin_call());
  PLIMSOLL_TRY(upload_prices(prices));
  bool published = publish;
  PLIMSOLL_TRY(scan(publish ? scan_depth::publish : scan_depth::lean));
  if (!publish && book_->host.header.data()->uncertain != 0) {
    // Only the full requirement shows whether a unit is beyond the limit. This is rare: notionals near 2^62 steps.
    published = true;
    PLIMSOLL_TRY(scan(scan_depth::publish));
  }
  PLIMSOLL_TRY(fetch_margin(publish, out));
  PLIMSOLL_TRY(wait_and_read());
  ticked_ = true;
  score_inputs_made_ = published;
  return ok();
}

status device_backend::fetch_margin(bool publish, margin_result& out) {
  resident& device = book_->device;
  const scan_header& header = *book_->host.header.data();
  const std::size_t units = device.unit_count;
  const std::size_t published = publish ? units : 0;
  out.units.equity.resize(published);
  out.units.margin_equity.resize(published);
  out.units.maintenance_ppm.resize(published);
  out.units.initial_ppm.resize(published);
  out.units.verdicts.resize(units);
  out.flagged.resize(header.flagged);
  std::copy(std::begin(header.counts), std::end(header.counts), std::begin(out.counts));
  out.held = header.held;
  out.over_limit = header.over_limit;

  results_.add(std::span(out.flagged), device.flagged.view().part(0, header.flagged));
  auto* const verdict_bytes = reinterpret_cast<std::uint8_t*>(out.units.verdicts.data());
  results_.add(std::span(verdict_bytes, units), device.verdicts.view().part(0, device.unit_count));
  if (publish) {
    results_.add(std::span(out.units.equity), device.equity.view());
    results_.add(std::span(out.units.margin_equity), device.margin_equity.view());
    results_.add(std::span(out.units.maintenance_ppm), device.maintenance_ppm.view());
    results_.add(std::span(out.units.initial_ppm), device.initial_ppm.view());
  }
  const std::uint64_t bytes = results_.bytes();
  PLIMSOLL_TRY(results_.run(on_));
  return clock_.mark("download", bytes, on_);
}

// ----------------------------------------------------------------------------- changes, rebase, screened ticks

judging device_backend::judgement() {
  return {.device = book_->device,
          .host = book_->host,
          .tick = tick(),
          .reference = reference(),
          .mode = book_->mode,
          .plan = plan_,
          .on = on_};
}

/// Does not wait for the device. The next call that waits returns the device's errors.
status device_backend::apply_changes(const book_changes& changes) {
  if (!book_) { return error{error_code::usage, "changes were given before load"}; }
  const auto begin = std::chrono::steady_clock::now();
  const book& source = *book_->source;
  resident& device = book_->device;
  PLIMSOLL_TRY(book_->check_lengths());
  ticked_ = false;
  times_.resize(load_times_);
  change_target to = device.changed();
  if (!book_->rebased) { to.kept.safe = nullptr; }
  book_->settled = book_->settled && changes.empty();
  book_->segments_stale = book_->segments_stale || changes.segments;
  book_->tiles_stale = book_->tiles_stale || !cut_holds(device.cut, source.units.first_position, changes.rows);
  const auto sent = feed_.run(source, changes, device.changes.view(), to, on_);
  if (!sent) { return sent.error(); }
  if (book_->rebased && !changes.units.empty()) {
    PLIMSOLL_TRY(queue_changed(judgement(), static_cast<std::uint32_t>(changes.units.size())));
  }
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin;
  times_.push_back({"apply", spent.count(), sent.value()});
  margin_times_ = times_.size();
  return ok();
}

/// Uploads the small tables again. Passes are recorded with their sizes, so the graph is dropped.
status device_backend::retier_book(bool& fits) {
  if (!book_) { return error{error_code::usage, "other tiers were given before load"}; }
  const reference_data& reference = book_->source->reference;
  PLIMSOLL_TRY(book_->check_lengths());
  fits = book_->device.has_room_for(reference.bands);
  if (!fits) { return ok(); }
  PLIMSOLL_TRY(begin_call());
  wait_for_all();  // Prices of a failed call may still be in flight.
  resident& device = book_->device;
  std::vector<std::uint64_t> floors;
  std::vector<instrument_row> rows(book_->rebased ? reference.instruments.size()
                                                  : 0);  // Of the reference prices: bands change, rates stay.
  book_->settled = false;                                // Until all of it has arrived.
  book_->tick.reset();
  set_bands(book_->host.instruments(), reference);
  const auto give_work = [&]() -> status {
    PLIMSOLL_TRY(device.retier(reference.bands, floors, on_));
    if (!rows.empty()) {
      PLIMSOLL_TRY(copy_to_host(std::span(rows), device.reference_instruments.view(), on_));
      PLIMSOLL_TRY(on_.synchronize());
      set_bands(rows, reference);
      PLIMSOLL_TRY(copy_to_device(device.reference_instruments.view(), std::span<const instrument_row>(rows), on_));
    }
    return clock_.mark("tiers", reference.bands.size() * (sizeof(tier_band) + sizeof(std::uint64_t)), on_);
  };
  const status given = give_work();
  const status done = wait_and_read();  // Even if not all was queued: `floors` must outlive the copies that were.
  book_->settled = given && done;
  PLIMSOLL_TRY(given);
  return done;
}

/// After an error the book must be loaded again.
status device_backend::relist_book(const tick_prices& reference, const move_groups& groups) {
  if (!book_) { return error{error_code::usage, "instruments were listed before load"}; }
  PLIMSOLL_TRY(book_->check_lengths());
  if (book_->rebased) {
    PLIMSOLL_TRY(check_margin_call(book_->source, reference));
    PLIMSOLL_TRY(check_groups(*book_->source, groups));
  }
  ticked_ = score_inputs_made_ = false;
  times_.resize(load_times_);
  margin_times_ = times_.size();
  wait_for_all();  // Memory goes that may be in use.
  return book_->relist(reference, groups, on_);
}

/// The radii stay valid, because only prices of instruments that no unit holds have changed.
status device_backend::reprice_book(const tick_prices& reference) {
  if (!book_ || !book_->rebased) { return error{error_code::usage, "a reference was given before a rebase"}; }
  PLIMSOLL_TRY(check_margin_call(book_->source, reference));
  wait_for_all();                                             // Prices of a failed call may still be in flight.
  const bool settled = std::exchange(book_->settled, false);  // Until all of it has arrived.
  book_->host.set_prices(reference);
  PLIMSOLL_TRY(copy_to_device(book_->device.reference_instruments.view(), book_->host.instruments(), on_));
  PLIMSOLL_TRY(copy_to_device(book_->device.reference_assets.view(), book_->host.assets(), on_));
  PLIMSOLL_TRY(on_.synchronize());
  book_->settled = settled;
  return ok();
}

status device_backend::judge_tick(const tick_prices& prices, tick_judgement& out) {
  PLIMSOLL_TRY(check_margin_call(book_ ? book_->source : nullptr, prices));
  PLIMSOLL_TRY(begin_call());
  PLIMSOLL_TRY(upload_prices(prices));
  PLIMSOLL_TRY(refresh_tiles());
  PLIMSOLL_TRY(queue_judge(judgement()));
  PLIMSOLL_TRY(clock_.mark("judge", 0, on_));
  PLIMSOLL_TRY(wait_and_read());
  times_.back().bytes = judge_bytes(judgement(), book_->host.to_host.data()->header.records);
  PLIMSOLL_TRY(take_judgement(judgement(), results_, out));
  score_inputs_made_ = ticked_ = true;
  return ok();
}

status device_backend::rebase_tick(const tick_prices& prices, const move_groups& groups, tick_judgement& out) {
  PLIMSOLL_TRY(check_margin_call(book_ ? book_->source : nullptr, prices));
  PLIMSOLL_TRY(check_groups(*book_->source, groups));
  book_->rebased = false;
  PLIMSOLL_TRY(begin_call());
  PLIMSOLL_TRY(upload_prices(prices));
  book_->host.set_groups(groups);
  PLIMSOLL_TRY(refresh_tiles());
  PLIMSOLL_TRY(queue_rebase(judgement()));
  PLIMSOLL_TRY(clock_.mark("rebase", rebase_bytes(judgement()), on_));
  PLIMSOLL_TRY(wait_and_read());
  PLIMSOLL_TRY(take_judgement(judgement(), results_, out));
  book_->rebased = ticked_ = true;
  return ok();
}

/// The tick as one graph, recorded at the first tick. If it cannot be recorded, it is queued pass by pass.
status device_backend::queue_recorded_screen() {
  if (!book_->tick && !book_->graph_refused) {
    auto recorded = graph::record(on_, [&]() -> status {
      PLIMSOLL_TRY(clock_.record_begin(on_));
      PLIMSOLL_TRY(queue_screen(judgement()));
      return clock_.record_end(on_);
    });
    if (!recorded && recorded.error().code == error_code::device_lost) { return std::move(recorded).error(); }
    book_->graph_refused = !recorded;
    if (recorded) { book_->tick.emplace(std::move(recorded).value()); }
  }
  if (!book_->tick) {
    PLIMSOLL_TRY(queue_screen(judgement()));
    return clock_.mark("screen_unrecorded", 0, on_);
  }
  PLIMSOLL_TRY(book_->tick->launch(on_));
  clock_.note("screen", 0);
  return ok();
}

status device_backend::screen_tick(const tick_prices& prices, const tick_moves& moves, tick_judgement& out,
                                   bool& judged) {
  PLIMSOLL_TRY(check_margin_call(book_ ? book_->source : nullptr, prices));
  if (!book_->rebased) { return error{error_code::usage, "a screen was asked for before a rebase"}; }
  PLIMSOLL_TRY(begin_call());
  book_->host.set_prices(prices);
  book_->host.set_moves(moves);
  PLIMSOLL_TRY(queue_recorded_screen());
  PLIMSOLL_TRY(wait_and_read());
  const judgement_header& header = book_->host.to_host.data()->header;
  times_.back().bytes = screen_bytes(judgement(), header.evaluated);
  if (header.reached > moves.evaluated_max) { return ok(); }
  PLIMSOLL_TRY(take_judgement(judgement(), results_, out));
  judged = ticked_ = true;
  return ok();
}

status device_backend::count_reached(const tick_moves& moves, std::uint64_t& units) {
  if (!book_ || !book_->rebased) { return error{error_code::usage, "a screen was asked for before a rebase"}; }
  book_->host.set_moves(moves);
  PLIMSOLL_TRY(queue_reached(judgement()));
  PLIMSOLL_TRY(wait());
  units = book_->host.to_host.data()->header.reached;
  return ok();
}

// --------------------------------------------------------------------------------------------------- rank

status device_backend::make_score_inputs() {
  if (score_inputs_made_) { return ok(); }
  PLIMSOLL_TRY(refresh_tiles());
  resident& device = book_->device;
  PLIMSOLL_TRY(scan_units(device.units(), tick(), device.target(), scan_depth::score_inputs, book_->mode, plan_, on_));
  PLIMSOLL_TRY(clock_.mark("inputs", scan_units_bytes(device.units(), device.target(), scan_depth::score_inputs), on_));
  score_inputs_made_ = true;
  return ok();
}

status device_backend::rank_tick(const rank_request& request, rank_result& out) {
  PLIMSOLL_TRY(check_rank_call(ticked_, ticked_ ? book_->segments : 0, request));
  times_.resize(margin_times_);
  PLIMSOLL_TRY(clock_.begin(on_));
  PLIMSOLL_TRY(make_score_inputs());
  if (book_->segments_stale) { PLIMSOLL_TRY(book_->device.cut_entries_again(book_->source->sides.first_entry, on_)); }
  PLIMSOLL_TRY(rank_ladders({.sides = book_->source->sides,
                             .device = book_->device,
                             .host = book_->host,
                             .score = book_->score,
                             .results = results_,
                             .clock = clock_,
                             .by_unit = plan_.tuned.scores_by_unit,
                             .on = on_},
                            request, out));
  book_->segments_stale = false;
  return clock_.read(times_);
}

}  // namespace
}  // namespace plimsoll::PLIMSOLL_DEVICE_NS

namespace plimsoll {

#if defined(__CUDACC__)

result<std::unique_ptr<backend>> make_cuda_backend() { return make_tuned_cuda_backend({}); }

result<std::unique_ptr<backend>> make_tuned_cuda_backend(const device_tuning& tuned) {
  const auto facts = cuda_device_facts();
  if (!facts) { return facts.error(); }
  return cuda::device_backend::make(tuned);
}

#else

result<std::unique_ptr<backend>> make_emulated_backend() { return make_tuned_emulated_backend({}); }

result<std::unique_ptr<backend>> make_tuned_emulated_backend(const device_tuning& tuned) {
  if (emulated::device_count() == 0) { return error{error_code::device_missing, "no emulated device", 0}; }
  return emulated::device_backend::make(tuned);
}

#endif

}  // namespace plimsoll
