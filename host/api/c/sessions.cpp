#include "host/api/c/sessions.hpp"

#include <shared_mutex>
#include <unordered_map>
#include <variant>

namespace plimsoll::c {

namespace {

struct live_handles {
  std::shared_mutex lock;
  std::uint64_t last = 0;
  std::unordered_map<std::uint64_t, std::variant<scanner_ref, view_ref, executor_ref>> all;
};

/// Never destroyed, because threads may still call while the process ends.
live_handles& handles() {
  static auto* const made = new live_handles;
  return *made;
}

template <class Ref>
std::uint64_t keep_one(Ref one) {
  live_handles& live = handles();
  const std::unique_lock held(live.lock);
  live.all.emplace(live.last + 1, std::move(one));
  return ++live.last;
}

template <class Ref>
Ref find_one(std::uint64_t handle, const char* kind) {
  {
    live_handles& live = handles();
    const std::shared_lock held(live.lock);
    const auto at = live.all.find(handle);
    if (at != live.all.end()) {
      if (const Ref* const found = std::get_if<Ref>(&at->second)) { return *found; }
    }
  }
  fail(PLIMSOLL_BAD_HANDLE, std::to_string(handle) + " is not an open " + kind);
}

}  // namespace

session_turn::session_turn(session& of) : of_(of) {
  if (of.inside.load(std::memory_order_relaxed) == std::this_thread::get_id()) {
    fail(PLIMSOLL_BUSY, "called from within a call of the same scanner");
  }
  of.lock.lock();
  of.inside.store(std::this_thread::get_id(), std::memory_order_relaxed);
}

session_turn::~session_turn() {
  of_.inside.store({}, std::memory_order_relaxed);
  of_.lock.unlock();
}

void function_gateway::send(const market_order& order) {
  plimsoll_order out{};
  out.struct_size = sizeof out;
  out.instrument = order.instrument;
  out.id = {order.id.plan, order.id.part, 0};
  out.lots = order.lots.raw;
  out.limit_ticks = order.limit.raw;
  try {
    functions_.send(functions_.context, &out);
  } catch (...) { thrown_ = true; }
}

void function_gateway::cancel(order_id order) {
  try {
    functions_.cancel(functions_.context, {order.plan, order.part, 0});
  } catch (...) { thrown_ = true; }
}

std::uint64_t keep(scanner_ref one) { return keep_one(std::move(one)); }
std::uint64_t keep(view_ref one) { return keep_one(std::move(one)); }
std::uint64_t keep(executor_ref one) { return keep_one(std::move(one)); }

scanner_ref find_scanner(plimsoll_scanner handle) { return find_one<scanner_ref>(handle, "scanner"); }
view_ref find_view(plimsoll_view handle) { return find_one<view_ref>(handle, "view"); }
executor_ref find_executor(plimsoll_executor handle) { return find_one<executor_ref>(handle, "executor"); }

bool forget(std::uint64_t handle) noexcept {
  live_handles& live = handles();
  decltype(live.all)::node_type removed;  // Destroyed outside the lock, because it may be large.
  const std::unique_lock held(live.lock);
  removed = live.all.extract(handle);
  return !removed.empty();
}

scanner_turn::scanner_turn(plimsoll_scanner handle) : found_(find_scanner(handle)), turn_(*found_) {
  // Another thread may have closed it while this one waited.
  if (found_->closed) { fail(PLIMSOLL_BAD_HANDLE, std::to_string(handle) + " is not an open scanner"); }
}

executor_turn::executor_turn(plimsoll_executor handle) : found_(find_executor(handle)), turn_(*found_->of) {
  if (!found_->acting) { fail(PLIMSOLL_BAD_HANDLE, std::to_string(handle) + " is not an open executor"); }
}

}  // namespace plimsoll::c
