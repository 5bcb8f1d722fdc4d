#include <algorithm>
#include <cstddef>
#include <iterator>

#include "kernels/scan/scan_units.hpp"
#include "kernels/screen/judge_all.hpp"
#include "kernels/screen/judge_units.hpp"
#include "kernels/screen/list_records.hpp"
#include "kernels/screen/screen_units.hpp"
#include "kernels/screen_ticks.hpp"
#include "plimsoll/limits.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {
namespace {

static_assert(sizeof(unit_record) == sizeof(judged_record) &&
                  offsetof(unit_record, outcome) == offsetof(judged_record, outcome) &&
                  offsetof(unit_record, equity) == offsetof(judged_record, equity) &&
                  offsetof(unit_record, margin_equity) == offsetof(judged_record, margin_equity) &&
                  offsetof(unit_record, maintenance_ppm) == offsetof(judged_record, maintenance_ppm),
              "Records are copied bytewise.");

judgement_header* header_of(const judging& in) { return &in.device.to_host.data()->header; }

/// From counted records to those that are copied to the host.
status queue_to_host(const judging& in) {
  resident& device = in.device;
  PLIMSOLL_TRY(write_records(device.judged(), device.record_list(), in.plan, in.on));
  return copy_to_host(in.host.to_host.span(), device.to_host.view(), in.on);
}

/// Judges every unit on the device, by tiles that fit.
status queue_judgement_of_all(const judging& in, judge_purpose purpose) {
  resident& device = in.device;
  PLIMSOLL_TRY(begin_judgement(purpose, device.unit_count, device.safe.data(), header_of(in), in.on));
  PLIMSOLL_TRY(judge_all(device.units(), in.tick, in.kept(), device.judged(), purpose, in.mode, in.plan, in.on));
  PLIMSOLL_TRY(count_records(device.judged(), device.record_list(), device.algorithms, in.plan, in.on));
  return queue_to_host(in);
}

}  // namespace

screen_view judging::kept() const {
  screen_view view = device.kept();
  view.isolated_rules = {tick.call_ppm, static_cast<std::uint32_t>(limits::ppm)};
  view.rules = {tick.call_ppm, std::max(tick.weights.asset_ppm, tick.weights.liability_ppm)};
  return view;
}

status queue_prices(const judging& in) { return copy_to_device(in.device.prices(), in.host.prices(), in.on); }

status queue_judge(const judging& in) { return queue_judgement_of_all(in, judge_purpose::tick); }

status queue_rebase(const judging& in) {
  resident& device = in.device;
  PLIMSOLL_TRY(copy_to_device(device.instrument_groups.view(), in.host.instrument_groups.span(), in.on));
  PLIMSOLL_TRY(copy_to_device(device.asset_groups.view(), in.host.asset_groups.span(), in.on));
  PLIMSOLL_TRY(copy_on_device(device.reference_instruments.view(), device.instruments(), in.on));
  PLIMSOLL_TRY(copy_on_device(device.reference_assets.view(), device.assets(), in.on));
  return queue_judgement_of_all(in, judge_purpose::rebase);
}

status queue_changed(const judging& in, std::uint32_t count) {
  resident& device = in.device;
  PLIMSOLL_TRY(begin_judgement(judge_purpose::change, 0, device.safe.data(), header_of(in), in.on));
  return judge_units(device.units(), in.reference, in.kept(), device.changed_units.view().part(0, count),
                     device.judged(), judge_purpose::change, in.mode, in.plan, in.on);
}

status queue_reached(const judging& in) {
  const auto request = std::as_bytes(std::span(&in.host.request(), 1));
  resident& device = in.device;
  PLIMSOLL_TRY(copy_to_device(device.inputs.view(), request, in.on));
  PLIMSOLL_TRY(count_candidates(in.kept(), device.unit_count, device.request(), in.plan, in.on));
  const device_view<judgement_header> counted{&device.request()->counts, 1};
  return copy_to_host(std::span(&in.host.to_host.data()->header, 1), counted, in.on);
}

status queue_screen(const judging& in) {
  resident& device = in.device;
  PLIMSOLL_TRY(copy_to_device(device.inputs.view(), in.host.inputs.span(), in.on));
  PLIMSOLL_TRY(screen_units(device.units(), in.tick, in.kept(), device.request(), device.judged(), device.record_list(),
                            in.mode, in.plan, in.on));
  return queue_to_host(in);
}

status take_judgement(const judging& in, downloader& results, tick_judgement& out) {
  resident& device = in.device;
  const judgement_header& header = in.host.to_host.data()->header;
  std::copy(std::begin(header.counts), std::end(header.counts), std::begin(out.counts));
  out.held = header.held;
  out.call_hashes = header.call_hashes;
  out.over_limit = header.over_limit;
  out.evaluated = header.evaluated;
  out.records.resize(header.records);
  const std::span records(reinterpret_cast<judged_record*>(out.records.data()), header.records);
  const std::uint32_t arrived = std::min(header.records, host_records);
  std::copy_n(in.host.to_host.data()->records, arrived, records.begin());
  for (std::uint32_t first = arrived; first < header.records; first += device.records.count()) {
    const std::uint32_t count = std::min(device.records.count(), header.records - first);
    const device_view<judged_record> round = device.records.view().part(0, count);
    PLIMSOLL_TRY(gather_records(device.judged(), device.flagged.view(), first, round, in.on));
    results.add(records.subspan(first, count), round);
    PLIMSOLL_TRY(results.run(in.on));
  }
  return ok();
}

std::uint64_t judge_bytes(const judging& in, std::uint64_t records) {
  return scan_units_bytes(in.device.units(), in.device.target(), scan_depth::score_inputs) + in.device.unit_count +
         records * sizeof(judged_record);
}

std::uint64_t rebase_bytes(const judging& in) {
  const std::uint64_t units = in.device.unit_count;
  const std::uint64_t kept = sizeof(std::uint16_t) + 2 * sizeof(std::uint8_t);
  return scan_units_bytes(in.device.units(), in.device.target(), scan_depth::lean) +
         units * (kept + in.device.call_hash.count() / std::max<std::uint64_t>(units, 1) * sizeof(std::uint64_t));
}

std::uint64_t screen_bytes(const judging& in, std::uint64_t evaluated) {
  // Radius and groups; row, cash, old and new verdict, hash; the average number of positions.
  const std::uint64_t units = std::max<std::uint64_t>(in.device.unit_count, 1);
  const std::uint64_t row = 2 * sizeof(std::uint32_t) + sizeof(std::int64_t) + 2 + sizeof(std::uint64_t);
  return units * 3 + evaluated * (row + in.device.lots.count() * std::uint64_t{10} / units);
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
