#include "host/cli/inside.hpp"

#include <utility>

namespace plimsoll::cli {

void listener::settle() {
  live_.done = done_->load(std::memory_order_relaxed);
  live_.share = live_.total != 0 ? static_cast<double>(live_.done) / static_cast<double>(live_.total)
                                 : share_->load(std::memory_order_relaxed);
}

std::vector<progress_state> listener::take_progress() {
  const std::lock_guard lock(mutex_);
  std::vector<progress_state> out = std::exchange(begun_, {});
  if (done_ != nullptr) {
    settle();
    out.push_back(live_);
  }
  return out;
}

void listener::begin_stage(progress_state one, const std::atomic<std::uint64_t>* done,
                           const std::atomic<double>* share) {
  const std::lock_guard lock(mutex_);
  live_ = std::move(one);
  done_ = done;
  share_ = share;
}

void listener::end_stages() {
  const std::lock_guard lock(mutex_);
  if (done_ == nullptr) { return; }
  settle();
  if (!begun_.empty() && begun_.back().stage == live_.stage) { begun_.pop_back(); }  // The same stage began repeatedly.
  begun_.push_back(live_);
  done_ = nullptr;
}

}  // namespace plimsoll::cli
