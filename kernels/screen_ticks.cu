#include <algorithm>
#include <cstddef>
#include <iterator>

#include "kernels/scan/scan_units.hpp"
#include "kernels/screen/judge_all.hpp"
#include "kernels/screen/judge_units.hpp"
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

unit_list every_unit(const judging& in) { return {.units = {}, .count = in.device.unit_count}; }

unit_list candidates_of(const judging& in) {
  return {.units = in.device.candidates.view(), .on_device = &in.device.to_host.data()->header.evaluated};
}

judgement_header* header_of(const judging& in) { return &in.device.to_host.data()->header; }

/// From judged units to the records that are copied to the host.
status queue_to_host(const judging& in, const unit_list& list) {
  resident& device = in.device;
  PLIMSOLL_TRY(list_records(list, device.judged(), device.record_list(), device.algorithms, in.plan, in.on));
  return copy_to_host(in.host.to_host.span(), device.to_host.view(), in.on);
}

/// Begins a header and finds the candidates.
status queue_search(const judging& in) {
  resident& device = in.device;
  PLIMSOLL_TRY(begin_judgement(judge_purpose::screen, 0, device.safe.data(), header_of(in), in.on));
  return find_candidates(in.kept(), device.unit_count, device.request(), device.candidate_search(), header_of(in),
                         device.algorithms, in.on);
}

}  // namespace

screen_view judging::kept() const {
  screen_view view = device.kept();
  view.isolated_rules = {tick.call_ppm, static_cast<std::uint32_t>(limits::ppm)};
  view.rules = {tick.call_ppm, std::max(tick.weights.asset_ppm, tick.weights.liability_ppm)};
  return view;
}

status queue_prices(const judging& in) { return copy_to_device(in.device.prices(), in.host.prices(), in.on); }

status queue_judge(const judging& in) {
  resident& device = in.device;
  PLIMSOLL_TRY(begin_judgement(judge_purpose::tick, device.unit_count, device.safe.data(), header_of(in), in.on));
  PLIMSOLL_TRY(
      judge_all(device.units(), in.tick, in.kept(), device.judged(), judge_purpose::tick, in.mode, in.plan, in.on));
  return queue_to_host(in, every_unit(in));
}

status queue_rebase(const judging& in) {
  resident& device = in.device;
  PLIMSOLL_TRY(copy_to_device(device.instrument_groups.view(), in.host.instrument_groups.span(), in.on));
  PLIMSOLL_TRY(copy_to_device(device.asset_groups.view(), in.host.asset_groups.span(), in.on));
  PLIMSOLL_TRY(copy_on_device(device.reference_instruments.view(), device.instruments(), in.on));
  PLIMSOLL_TRY(copy_on_device(device.reference_assets.view(), device.assets(), in.on));
  PLIMSOLL_TRY(begin_judgement(judge_purpose::rebase, device.unit_count, device.safe.data(), header_of(in), in.on));
  PLIMSOLL_TRY(
      judge_all(device.units(), in.tick, in.kept(), device.judged(), judge_purpose::rebase, in.mode, in.plan, in.on));
  return queue_to_host(in, every_unit(in));
}

status queue_changed(const judging& in, std::uint32_t count) {
  resident& device = in.device;
  const unit_list changed{.units = device.candidates.view(), .count = count};
  PLIMSOLL_TRY(begin_judgement(judge_purpose::change, 0, device.safe.data(), header_of(in), in.on));
  return judge_units(device.units(), in.reference, in.kept(), changed, device.judged(), judge_purpose::change, in.mode,
                     in.plan, in.on);
}

status queue_reached(const judging& in) {
  const auto request = std::as_bytes(std::span(&in.host.request(), 1));
  PLIMSOLL_TRY(copy_to_device(in.device.inputs.view(), request, in.on));
  PLIMSOLL_TRY(queue_search(in));
  return copy_to_host(in.host.to_host.span(), in.device.to_host.view(), in.on);
}

status queue_screen(const judging& in) {
  resident& device = in.device;
  PLIMSOLL_TRY(copy_to_device(device.inputs.view(), in.host.inputs.span(), in.on));
  PLIMSOLL_TRY(queue_search(in));
  PLIMSOLL_TRY(judge_units(device.units(), in.tick, in.kept(), candidates_of(in), device.judged(),
                           judge_purpose::screen, in.mode, in.plan, in.on));
  return queue_to_host(in, candidates_of(in));
}

status take_judgement(const judging& in, bool all, downloader& results, tick_judgement& out) {
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
  const unit_list list = all ? every_unit(in) : candidates_of(in);
  for (std::uint32_t first = arrived; first < header.records; first += device.records.count()) {
    const std::uint32_t count = std::min(device.records.count(), header.records - first);
    const device_view<judged_record> round = device.records.view().part(0, count);
    PLIMSOLL_TRY(gather_records(list, device.judged(), device.flagged.view(), first, round, in.on));
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
