#include "kernels/device/stage_clock.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

result<stage_clock> stage_clock::make(std::size_t stages_max) {
  stage_clock made;
  for (std::size_t i = 0; i <= stages_max; ++i) {
    auto point = event::make();
    if (!point) { return std::move(point).error(); }
    made.points_.push_back(std::move(point).value());
  }
  made.stages_.reserve(stages_max);
  return result<stage_clock>(std::move(made));
}

status stage_clock::begin(const stream& on) {
  stages_.clear();
  return points_[0].record(on);
}

status stage_clock::record_begin(const stream& on) const { return points_[0].record_in_graph(on); }
status stage_clock::record_end(const stream& on) const { return points_[1].record_in_graph(on); }

void stage_clock::note(const char* stage, std::uint64_t bytes) { stages_.assign(1, {stage, bytes}); }

status stage_clock::mark(const char* stage, std::uint64_t bytes, const stream& on) {
  if (stages_.size() + 1 == points_.size()) {
    return error{error_code::invariant_broken, "Invariant: a call has more stages than its clock.", 0};
  }
  stages_.push_back({stage, bytes});
  return points_[stages_.size()].record(on);
}

status stage_clock::read(std::vector<stage_time>& times) const {
  for (std::size_t i = 0; i < stages_.size(); ++i) {
    const auto milliseconds = elapsed_ms(points_[i], points_[i + 1]);
    if (!milliseconds) { return milliseconds.error(); }
    times.push_back({stages_[i].stage, static_cast<double>(milliseconds.value()) * 1e-3, stages_[i].bytes});
  }
  return ok();
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
