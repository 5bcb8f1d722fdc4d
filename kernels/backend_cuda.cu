// The device backend: custody of a resident book, one stream, and the order of the passes. nvcc makes the CUDA backend
// of this source, g++ the emulated one.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "host/backend/call_checks.hpp"
#include "host/backend/device_backend.hpp"
#include "kernels/device/algorithms.hpp"
#include "kernels/device/runtime.hpp"
#include "kernels/download.hpp"
#include "kernels/rank/gather_cover.hpp"
#include "kernels/rank/light_entries.hpp"
#include "kernels/rank/order_entries.hpp"
#include "kernels/rank/score_entries.hpp"
#include "kernels/rank/select_places.hpp"
#include "kernels/resident.hpp"
#include "kernels/scan/compact_flagged.hpp"
#include "kernels/scan/scan_units.hpp"
#include "kernels/stage_clock.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {
namespace {

#if defined(__CUDACC__)
constexpr const char* backend_name = "cuda";
#else
constexpr const char* backend_name = "emulated";
#endif

static_assert(sizeof(verdict) == sizeof(std::uint8_t), "Verdicts are copied as bytes.");
static_assert(sizeof(ladder_entry) == sizeof(placed_entry) &&
                  offsetof(ladder_entry, key) == offsetof(placed_entry, key),
              "Results are copied bytewise.");
static_assert(no_id == ~std::uint32_t{0}, "A header starts with no unit over the limit.");

/// Pinned memory that a tick's inputs and small results pass through; made at load.
struct tick_buffers {
  host_buffer<instrument_row> instruments;
  host_buffer<asset_row> assets;
  host_buffer<scan_header> header_start;  ///< Zeros, over_limit ~0. Never changes.
  host_buffer<scan_header> header;
  host_buffer<std::uint64_t> demands;         ///< Per segment.
  host_buffer<std::uint32_t> asked_segments;  ///< Per segment at most.
  host_buffer<std::uint32_t> asked_first;

  static result<tick_buffers> make(const reference_data& reference, std::size_t segments);
};

template <class T>
status make_pinned(host_buffer<T>& to, std::size_t count) {
  auto made = host_buffer<T>::make(count);
  if (!made) { return std::move(made).error(); }
  to = std::move(made).value();
  std::fill(to.span().begin(), to.span().end(), T{});
  return ok();
}

/// What of an instrument's row no tick changes.
instrument_row row_of(const instrument& it, const std::vector<tier_band>& bands) {
  instrument_row row;
  row.first_band = it.first_band;
  row.band_count = it.band_count;
  if (it.band_count > 1) { row.second_floor = bands[it.first_band + 1].floor; }
  return row;
}

result<tick_buffers> tick_buffers::make(const reference_data& reference, std::size_t segments) {
  tick_buffers made;
  const bool multi = reference.venue.collateral == collateral_mode::multi;
  PLIMSOLL_TRY(make_pinned(made.instruments, reference.instruments.size()));
  PLIMSOLL_TRY(make_pinned(made.assets, multi ? reference.assets.size() : 0));
  PLIMSOLL_TRY(make_pinned(made.header_start, 1));
  PLIMSOLL_TRY(make_pinned(made.header, 1));
  PLIMSOLL_TRY(make_pinned(made.demands, segments));
  PLIMSOLL_TRY(make_pinned(made.asked_segments, segments));
  PLIMSOLL_TRY(make_pinned(made.asked_first, segments + 1));
  for (std::size_t i = 0; i < reference.instruments.size(); ++i) {
    made.instruments.span()[i] = row_of(reference.instruments[i], reference.bands);
  }
  made.header_start.data()->over_limit = no_id;
  return result<tick_buffers>(std::move(made));
}

/// A loaded book: the device's copy and what passes in and out.
struct loaded_book {
  const book* source;
  resident device;
  tick_buffers host;
  collateral_mode mode;
  score_kind score;
  std::uint32_t call_ppm;
  quote_weights weights;
  std::size_t segments;
};

class device_backend final : public backend {
 public:
  static result<std::unique_ptr<backend>> make();
  ~device_backend() override { static_cast<void>(on_.synchronize()); }  // Nothing may run when buffers go.

  [[nodiscard]] std::string_view name() const override { return backend_name; }
  [[nodiscard]] std::string device() const override { return device_; }
  [[nodiscard]] std::span<const stage_time> times() const override { return times_; }

  [[nodiscard]] status load(const book& source) override {
    return guarded([&] { return load_book(source); });
  }
  [[nodiscard]] status margin(const tick_prices& prices, bool publish, margin_result& out) override {
    return guarded([&] { return margin_tick(prices, publish, out); });
  }
  [[nodiscard]] status apply(const book_changes& /*changes*/) override {
    return error{error_code::not_supported, "the device backend does not take changes yet"};
  }
  [[nodiscard]] status rebase(const tick_prices& /*prices*/, const move_groups& /*groups*/, tick_judgement& /*out*/) override {
    return error{error_code::not_supported, "the device backend does not screen yet"};
  }
  [[nodiscard]] result<bool> screen(const tick_prices& /*prices*/, const tick_moves& /*moves*/, tick_judgement& /*out*/) override {
    return error{error_code::not_supported, "the device backend does not screen yet"};
  }
  [[nodiscard]] status rank(const rank_request& request, rank_result& out) override {
    return guarded([&] { return rank_tick(request, out); });
  }

 private:
  device_backend(stream on, downloader results, stage_clock clock)
      : on_(std::move(on)), results_(std::move(results)), clock_(std::move(clock)) {}

  /// Runs a call. After a failure nothing runs on the stream, and a new margin pass is needed before a rank pass.
  /// A lost device stays lost: every later call says so.
  template <class Body>
  status guarded(const Body& body);

  status load_book(const book& source);
  status margin_tick(const tick_prices& prices, bool publish, margin_result& out);
  status scan(scan_depth depth);
  status fetch_margin(bool publish, margin_result& out);
  status rank_tick(const rank_request& request, rank_result& out);
  status make_standing();
  status score();
  status ask(const rank_request& request);
  status find_places(const rank_request& request);
  status cover(const rank_request& request, rank_result& out);
  status fetch_rank(const rank_request& request, rank_result& out);
  status upload_prices(const tick_prices& prices);
  [[nodiscard]] tick_view tick() const;

  stream on_;  // First, so that it ends last.
  downloader results_;
  stage_clock clock_;
  std::string device_;
  int multiprocessors_ = 1;
  std::optional<error> lost_;
  std::optional<loaded_book> book_;
  bool ticked_ = false;         ///< The last margin pass succeeded.
  bool standing_made_ = false;  ///< ... and what scores read of units is on the device.
  std::uint32_t asked_ = 0;     ///< Segments whose cover is asked for.
  std::vector<stage_time> times_;
  std::size_t load_times_ = 0;    ///< How many of `times_` belong to load,
  std::size_t margin_times_ = 0;  ///< and to load and margin.
};

constexpr std::size_t stages_max = 8;

std::string describe(const device_info& info) {
  char text[320];
  std::snprintf(text, sizeof text, "%s, %.0f GiB", info.name.c_str(),
                static_cast<double>(info.memory_bytes) / (1024.0 * 1024.0 * 1024.0));
  return text;
}

result<std::unique_ptr<backend>> device_backend::make() {
  const auto info = describe_device(0);
  if (!info) { return info.error(); }
  auto on = stream::make();
  if (!on) { return std::move(on).error(); }
  auto results = downloader::make();
  if (!results) { return std::move(results).error(); }
  auto clock = stage_clock::make(stages_max);
  if (!clock) { return std::move(clock).error(); }
  std::unique_ptr<device_backend> made(
      new device_backend(std::move(on).value(), std::move(results).value(), std::move(clock).value()));
  made->device_ = describe(info.value());
  made->multiprocessors_ = info.value().multiprocessors;
  return std::unique_ptr<backend>(std::move(made));
}

template <class Body>
status without_exceptions(const Body& body) {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return error{error_code::out_of_memory, "The device backend could not get the host memory it needs.", 0};
  }
}

template <class Body>
status device_backend::guarded(const Body& body) {
  if (lost_) { return *lost_; }
  const status outcome = without_exceptions(body);
  if (outcome) { return outcome; }
  if (outcome.error().code == error_code::usage) { return outcome; }  // Nothing was given to the stream.
  ticked_ = false;
  static_cast<void>(on_.synchronize());
  results_.forget();
  if (outcome.error().code == error_code::device_lost) { lost_ = outcome.error(); }
  return outcome;
}

// --------------------------------------------------------------------------------------------------- load

status device_backend::load_book(const book& source) {
  book_.reset();  // Its memory is needed.
  ticked_ = false;
  times_.clear();
  load_times_ = margin_times_ = 0;
  const auto begin = std::chrono::steady_clock::now();
  const auto info = describe_device(0);
  if (!info) { return info.error(); }
  auto device = resident::load(source, info.value().free_bytes, on_);
  if (!device) { return std::move(device).error(); }
  auto host = tick_buffers::make(source.reference, source.sides.segments());
  if (!host) { return std::move(host).error(); }
  const venue_config& venue = source.reference.venue;
  loaded_book loaded{.source = &source,
                     .device = std::move(device).value(),
                     .host = std::move(host).value(),
                     .mode = venue.collateral,
                     .score = venue.adl_score,
                     .call_ppm = venue.margin_call_ppm,
                     .weights = {},
                     .segments = source.sides.segments()};
  if (venue.collateral == collateral_mode::multi) {
    const asset& quote = source.reference.assets[source.reference.quote];
    loaded.weights = {quote.asset_weight_ppm, quote.liability_weight_ppm};
  }
  book_.emplace(std::move(loaded));
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin;
  times_.push_back({"load", spent.count(), book_->device.bytes});
  load_times_ = margin_times_ = times_.size();
  return ok();
}

// ------------------------------------------------------------------------------------------------- margin

tick_view device_backend::tick() const {
  const resident& device = book_->device;
  return {.instruments = device.instruments.view(),
          .bands = device.bands.view(),
          .floors = device.floors.view(),
          .assets = device.assets.view(),
          .weights = book_->weights,
          .call_ppm = book_->call_ppm,
          .rate_ppm_max = device.rate_ppm_max};
}

status device_backend::upload_prices(const tick_prices& prices) {
  const auto rows = book_->host.instruments.span();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i].rate = prices.rates[i];
    rows[i].held = prices.held[i];
  }
  const auto assets = book_->host.assets.span();
  for (std::size_t i = 0; i < assets.size(); ++i) {
    assets[i] = {prices.assets[i].plain, prices.assets[i].as_asset, prices.assets[i].as_liability, prices.asset_held[i],
                 0};
  }
  PLIMSOLL_TRY(copy_to_device(book_->device.instruments.view(), rows, on_));
  PLIMSOLL_TRY(copy_to_device(book_->device.assets.view(), assets, on_));
  return clock_.mark("upload", rows.size_bytes() + assets.size_bytes(), on_);
}

status device_backend::scan(scan_depth depth) {
  resident& device = book_->device;
  PLIMSOLL_TRY(copy_to_device(device.header.view(), book_->host.header_start.span(), on_));
  PLIMSOLL_TRY(scan_units(device.units(), tick(), device.target(), depth, book_->mode, multiprocessors_, on_));
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
  ticked_ = standing_made_ = false;
  times_.resize(load_times_);
  PLIMSOLL_TRY(clock_.begin(on_));
  PLIMSOLL_TRY(upload_prices(prices));
  bool published = publish;
  PLIMSOLL_TRY(scan(publish ? scan_depth::publish : scan_depth::lean));
  if (!publish && book_->host.header.data()->uncertain != 0) {
    // Only the requirement in full tells whether a unit is beyond the limit. Rare: notionals near 2^62 steps.
    published = true;
    PLIMSOLL_TRY(scan(scan_depth::publish));
  }
  PLIMSOLL_TRY(fetch_margin(publish, out));
  PLIMSOLL_TRY(clock_.read(times_));
  ticked_ = true;
  standing_made_ = published;
  margin_times_ = times_.size();
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
  PLIMSOLL_TRY(clock_.mark("download", bytes, on_));
  return on_.synchronize();
}

// --------------------------------------------------------------------------------------------------- rank

status device_backend::make_standing() {
  if (standing_made_) { return ok(); }
  resident& device = book_->device;
  PLIMSOLL_TRY(
      scan_units(device.units(), tick(), device.target(), scan_depth::standing, book_->mode, multiprocessors_, on_));
  PLIMSOLL_TRY(clock_.mark("standing", scan_units_bytes(device.units(), device.target(), scan_depth::standing), on_));
  standing_made_ = true;
  return ok();
}

status device_backend::score() {
  resident& device = book_->device;
  const score_source from{.instruments = device.instruments.view(),
                          .rows = device.score_rows.view(),
                          .equity = device.standing_equity.view(),
                          .maintenance = device.standing_maintenance.view(),
                          .balance = device.standing_balance.view()};
  PLIMSOLL_TRY(fill_bytes(device.totals.view(), 0, on_));
  PLIMSOLL_TRY(score_entries(device.entries(), from, book_->score, {device.keys.view(), device.totals.view()}, on_));
  return clock_.mark("scores", score_entries_bytes(device.entries(), book_->score), on_);
}

/// Uploads what is asked of each segment.
status device_backend::ask(const rank_request& request) {
  const auto demands = book_->host.demands.span();
  const auto asked = book_->host.asked_segments.span();
  std::fill(demands.begin(), demands.end(), request.full_ladder ? whole_ladder : 0);
  asked_ = 0;
  if (request.full_ladder) {
    for (std::uint32_t segment = 0; segment < asked.size(); ++segment) { asked[asked_++] = segment; }
  } else {
    for (const cover_demand& demand : request.demands) {
      demands[demand.segment] = demand.lots;
      asked[asked_++] = demand.segment;
    }
  }
  PLIMSOLL_TRY(copy_to_device(book_->device.demands.view(), demands, on_));
  return copy_to_device(book_->device.asked_segments.view(), asked.first(asked_), on_);
}

/// The places of lights and covers, in one search, and the lights. The search counts as part of the lights, or of the
/// cover where there are none.
status device_backend::find_places(const rank_request& request) {
  resident& device = book_->device;
  const place_request wanted{
      .totals = device.totals.view(), .demands = device.demands.view(), .lights = request.lights};
  PLIMSOLL_TRY(select_places(device.entries(), device.keys.view(), wanted, device.select(), device.places.view(), on_));
  if (!request.lights) { return ok(); }
  PLIMSOLL_TRY(light_entries(device.entries(), device.keys.view(), device.places.view(), device.lights.view(), on_));
  return clock_.mark("lights", select_places_bytes(device.entries()) + light_entries_bytes(device.entries()), on_);
}

/// Gathers and sorts what is asked for, and notes its way home.
status device_backend::cover(const rank_request& request, rank_result& out) {
  resident& device = book_->device;
  const order_room room = device.order();
  PLIMSOLL_TRY(gather_cover(device.entries(), device.keys.view(), device.places.view(),
                            device.asked_segments.view().part(0, asked_),
                            device.tile_counts.view().part(0, device.rank_tiles.count() + 1), device.algorithms, room,
                            device.asked_first.view().part(0, asked_ + 1), on_));
  const auto first = book_->host.asked_first.span().first(asked_ + 1);
  PLIMSOLL_TRY(copy_to_host(first, device.asked_first.view().part(0, asked_ + 1), on_));
  PLIMSOLL_TRY(on_.synchronize());  // The sort's length must be known here.
  out.first_entry.assign(first.begin(), first.end());
  const std::uint32_t count = first[asked_];
  out.entries.resize(count);
  if (count != 0) {
    PLIMSOLL_TRY(order_entries(device.entries(), device.keys.view(), count, asked_ == 1, device.algorithms, room, on_));
  }
  results_.add(std::span(reinterpret_cast<placed_entry*>(out.entries.data()), count), ordered_entries(room, count));
  const bool searched = !request.lights && !request.full_ladder;
  const std::uint64_t gathered = device.entries().lots.count * 2 * sizeof(std::uint64_t);
  const std::uint64_t bytes =
      (searched ? select_places_bytes(device.entries()) : 0) + gathered + count * std::uint64_t{12 + 16};
  return clock_.mark(request.full_ladder ? "sort" : "cover", bytes, on_);
}

status device_backend::rank_tick(const rank_request& request, rank_result& out) {
  PLIMSOLL_TRY(check_rank_call(ticked_, ticked_ ? book_->segments : 0, request));
  times_.resize(margin_times_);
  const bool covers = request.full_ladder || !request.demands.empty();
  PLIMSOLL_TRY(clock_.begin(on_));
  PLIMSOLL_TRY(make_standing());
  PLIMSOLL_TRY(score());
  PLIMSOLL_TRY(ask(request));
  if (covers || request.lights) { PLIMSOLL_TRY(find_places(request)); }
  out.first_entry.assign(1, 0);
  out.entries.clear();
  if (covers) { PLIMSOLL_TRY(cover(request, out)); }
  PLIMSOLL_TRY(fetch_rank(request, out));
  return clock_.read(times_);
}

status device_backend::fetch_rank(const rank_request& request, rank_result& out) {
  resident& device = book_->device;
  out.keys.resize(device.keys.count());
  out.totals.resize(book_->segments);
  out.lights.resize(request.lights ? device.lights.count() : 0);
  results_.add(std::span(out.keys), device.keys.view());
  results_.add(std::span(out.totals), device.totals.view());
  if (request.lights) { results_.add(std::span(out.lights), device.lights.view()); }
  const std::uint64_t bytes = results_.bytes();
  PLIMSOLL_TRY(results_.run(on_));
  PLIMSOLL_TRY(clock_.mark("download", bytes, on_));
  return on_.synchronize();
}

}  // namespace
}  // namespace plimsoll::PLIMSOLL_DEVICE_NS

namespace plimsoll {

#if defined(__CUDACC__)

namespace {

/// Is there code in this program that the device can run?
status code_fits(const cuda::device_info& info) {
  constexpr int major_min = 7;
  const std::string capability = std::to_string(info.compute_major) + "." + std::to_string(info.compute_minor);
  if (info.compute_major < major_min) {
    return error{error_code::device_missing, "compute capability " + capability + " is below 7.0", 0};
  }
  cudaFuncAttributes attributes{};
  if (cudaFuncGetAttributes(&attributes, cuda::scan_units_code()) != cudaSuccess) {
    static_cast<void>(cudaGetLastError());
    return error{error_code::device_missing, "this build has no code for compute capability " + capability, 0};
  }
  return ok();
}

}  // namespace

result<device_facts> cuda_device_facts() {
  int count = 0;  // CUDA leaves it unwritten on error.
  const cudaError_t asked = cudaGetDeviceCount(&count);
  if (asked != cudaSuccess) {
    static_cast<void>(cudaGetLastError());
    return error{error_code::device_missing, asked == cudaErrorNoDevice ? "no CUDA device" : "no CUDA driver",
                 static_cast<std::uint64_t>(asked)};
  }
  if (count == 0) { return error{error_code::device_missing, "no CUDA device", 0}; }
  const auto info = cuda::describe_device(0);
  if (!info) { return info.error(); }
  PLIMSOLL_TRY(code_fits(info.value()));
  return device_facts{.name = info.value().name,
                      .memory_total = info.value().memory_bytes,
                      .memory_free = info.value().free_bytes,
                      .driver_version = info.value().driver_version,
                      .runtime_version = info.value().runtime_version,
                      .capability_major = info.value().compute_major,
                      .capability_minor = info.value().compute_minor};
}

result<std::unique_ptr<backend>> make_cuda_backend() {
  const auto facts = cuda_device_facts();
  if (!facts) { return facts.error(); }
  return cuda::device_backend::make();
}

#else

result<std::unique_ptr<backend>> make_emulated_backend() {
  if (emulated::device_count() == 0) { return error{error_code::device_missing, "no emulated device", 0}; }
  return emulated::device_backend::make();
}

#endif

}  // namespace plimsoll
