// Chooses the next thread and handles meetings: CUDA threads on fibers, block after block.
#include "kernels/device/emulator.hpp"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "kernels/device/emulator_watch.hpp"
#include "kernels/device/emulator_worker.hpp"

namespace plimsoll::emulated {

// One change-over is a few dozen instructions. Calls between its parts would double that.
#if defined(__SANITIZE_THREAD__)
#define PLIMSOLL_HOT
#else
#define PLIMSOLL_HOT [[gnu::always_inline]] inline
#endif

namespace fc = boost::context::detail;

namespace {

/// A call site mostly has one record, so that the first comparison decides.
inline bool same_place(const std::source_location& a, const std::source_location& b) {
  return std::memcmp(&a, &b, sizeof a) == 0 ||
         (a.line() == b.line() && a.column() == b.column() && std::strcmp(a.file_name(), b.file_name()) == 0);
}

}  // namespace

PLIMSOLL_NO_TSAN worker& worker_of_this_thread() {
  thread_local const std::unique_ptr<worker> own = std::make_unique<worker>();
  return *(this_worker = own.get());
}

PLIMSOLL_NO_TSAN void runner_entry(fc::transfer_t from) {
  worker& on = *this_worker;
  on.run_threads_on(on.starting(), from);
}

worker::~worker() {
  const sanitizer::quiet emulator_only;
  give_back_runners();
  for (auto& each : shared_) {
    watch::remove_memory(each.memory, each.bytes);
    std::free(each.memory);
  }
  watch::remove_memory(dynamic_.memory, dynamic_.bytes);
  std::free(dynamic_.memory);
}

// ------------------------------------------------------------------------------------- changing over

PLIMSOLL_HOT PLIMSOLL_NO_TSAN void worker::arrive(fc::transfer_t from, context& self) {
  auto& previous = *static_cast<context*>(from.data);
  previous.resume = from.fctx;
  sanitizer::stack_arrive(self.fake_stack, &previous.bottom, &previous.bytes);
}

PLIMSOLL_HOT PLIMSOLL_NO_TSAN void worker::switch_to(context& from, context& to) {
  sanitizer::stack_leave(&from.fake_stack, to.bottom, to.bytes);
  sanitizer::fiber_switch(to.fiber);
  arrive(fc::jump_fcontext(to.resume, &from), from);
}

PLIMSOLL_NO_TSAN void worker::run_threads_on(runner& self, fc::transfer_t from) noexcept {
  arrive(from, self.at);
  self.entered = true;
  for (;;) {
    sanitizer::acquire(&run_->begin);
    run_->launch.body();
    sanitizer::release(&run_->end);
    leave(self);
  }
}

void worker::make(runner& which) {
  // Stacks that are a whole number of pages apart would share the same cache lines, so each starts a step further.
  const std::size_t distance = (runners_.size() % 32) * 128;
  char* const top = static_cast<char*>(which.stack.sp) - distance;
  char* const bottom = static_cast<char*>(which.stack.sp) - which.stack.size;
  sanitizer::stack_unpoison(bottom, which.stack.size);
  which.at.bottom = bottom;
  which.at.bytes = which.stack.size;
  which.at.fake_stack = nullptr;
  which.at.resume = fc::make_fcontext(top, static_cast<std::size_t>(top - bottom), &runner_entry);
  which.made = true;
}

runner& worker::runner_for(unsigned id) {
  if constexpr (sanitizer::thread_enabled) {
    // A stack belongs to one TSan fiber, else re-use would look like a race. Two sets used in turn make races between
    // neighbouring blocks visible. `prepare_block` made them.
    return *runners_[(epoch_ % 2) * block_threads_max + id];
  }
  if (idle_.empty()) {
    auto made = std::make_unique<runner>();
    made->stack = stacks_.allocate();
    make(*made);
    idle_.push_back(made.get());
    runners_.push_back(std::move(made));
  }
  runner& found = *idle_.back();
  idle_.pop_back();
  if (!found.made) { make(found); }
  return found;
}

PLIMSOLL_HOT PLIMSOLL_NO_TSAN void worker::set_current(unsigned id) {
  current_ = id;
  threadIdx = index_of(id);
  watch::run_thread(id);
}

PLIMSOLL_HOT runner& worker::enter(unsigned id) {
  set_current(id);
  if (!started(id)) {
    warps_[id / lanes_per_warp].started |= 1u << (id % lanes_per_warp);
    states_[id].on = &runner_for(id);
  }
  return *states_[id].on;
}

PLIMSOLL_HOT unsigned worker::random_bit(unsigned set) {
  random_ ^= random_ << 13;
  random_ ^= random_ >> 7;
  random_ ^= random_ << 17;
  const int turn = static_cast<int>(random_ >> 59);
  return (static_cast<unsigned>(std::countr_zero(std::rotr(set, turn))) + static_cast<unsigned>(turn)) % lanes_per_warp;
}

/// The thread to run now, no longer marked ready; `nobody` if all threads wait or have exited.
PLIMSOLL_HOT unsigned worker::next() {
  if (ready_warps_ == 0) { return nobody; }
  unsigned team = 0;
  unsigned lane = 0;
  switch (run_->chosen.order) {
    case thread_order::forward:
      team = static_cast<unsigned>(std::countr_zero(ready_warps_));
      lane = static_cast<unsigned>(std::countr_zero(warps_[team].ready));
      break;
    case thread_order::reverse:
      team = 31u - static_cast<unsigned>(std::countl_zero(ready_warps_));
      lane = 31u - static_cast<unsigned>(std::countl_zero(warps_[team].ready));
      break;
    case thread_order::random:
      team = random_bit(ready_warps_);
      lane = random_bit(warps_[team].ready);
      break;
  }
  warps_[team].ready &= ~(1u << lane);
  if (warps_[team].ready == 0) { ready_warps_ &= ~(1u << team); }
  return team * lanes_per_warp + lane;
}

/// Runs other threads until the current thread is ready again.
PLIMSOLL_HOT void worker::park() {
  const unsigned self = current_;
  const unsigned id = next();
  if (id == self) { return; }
  if (id == nobody) { stop(divergence::stalled); }
  context& from = states_[self].on->at;
  switch_to(from, enter(id).at);
}

/// Called when the current thread has returned from the kernel. Returns when another thread starts on this stack.
void worker::leave(runner& self) {
  const sanitizer::quiet emulator_only;
  warps_[current_ / lanes_per_warp].exited |= 1u << (current_ % lanes_per_warp);
  --remaining_;
  const unsigned id = next();
  if (id == nobody && remaining_ != 0) { stop(divergence::stalled); }
  if (id != nobody && !started(id) && !sanitizer::thread_enabled) {
    // The cheap path: a kernel that never waits runs on one stack without a single change-over.
    warps_[id / lanes_per_warp].started |= 1u << (id % lanes_per_warp);
    states_[id].on = &self;
    set_current(id);
    return;
  }
  idle_.push_back(&self);
  switch_to(self.at, id == nobody ? scheduler_ : enter(id).at);
}

/// Leaves the kernel for good. The scheduler makes the text, because this stack is never unwound and so must own
/// nothing.
void worker::stop(divergence why) {
  failure_ = why;
  switch_to(states_[current_].on->at, scheduler_);
  std::abort();
}

// ----------------------------------------------------------------------------------------------- blocks

void worker::run_blocks(grid_run& run) {
  const sanitizer::quiet emulator_only;
  run_ = &run;
  scheduler_.fiber = sanitizer::fiber_current();
  blockDim = run.launch.block;
  gridDim = run.launch.grid;
  threads_ = run.launch.block.x * run.launch.block.y * run.launch.block.z;
  flat_ = run.launch.block.y == 1 && run.launch.block.z == 1;
  while (!run.failed.load(std::memory_order_relaxed)) {
    const std::uint64_t turn = run.next_block.fetch_add(1, std::memory_order_relaxed);
    if (turn >= run.blocks) { break; }
    run_block(run.block_at(turn));
  }
  run_ = nullptr;
}

void worker::run_block(std::uint64_t block) {
  const dim3 grid = run_->launch.grid;
  blockIdx = {static_cast<unsigned>(block % grid.x), static_cast<unsigned>(block / grid.x % grid.y),
              static_cast<unsigned>(block / grid.x / grid.y)};
  random_ = (run_->chosen.seed + block + 1) * 0x9E3779B97F4A7C15u | 1u;
  prepare_block();
  watch::begin_block(block);
  switch_to(scheduler_, enter(next()).at);
  watch::end_block();
  finish_block();
}

void worker::prepare_block() {
  ++epoch_;
  arrived_ = 0;
  generation_ = 0;
  failure_ = divergence::none;
  remaining_ = threads_;
  const unsigned warps = (threads_ + lanes_per_warp - 1) / lanes_per_warp;
  for (unsigned i = 0; i < warps; ++i) {
    const unsigned lanes = std::min(lanes_per_warp, threads_ - i * lanes_per_warp);
    warp& team = warps_[i];
    team.existing = team.ready = ~0u >> (lanes_per_warp - lanes);
    team.started = team.exited = team.open = team.generation = 0;
  }
  ready_warps_ = ~0u >> (warps_max - warps);
  if constexpr (sanitizer::thread_enabled) {
    objects_ = static_cast<meeting_objects*>(std::malloc(sizeof(meeting_objects)));
    runners_.resize(2 * block_threads_max);
    for (unsigned id = 0; id < threads_; ++id) {
      auto& slot = runners_[(epoch_ % 2) * block_threads_max + id];
      if (slot == nullptr) {
        slot = std::make_unique<runner>();
        slot->stack = stacks_.allocate();
        slot->at.fiber = sanitizer::fiber_make();
        make(*slot);
      }
    }
  }
}

void worker::finish_block() {
  if (failure_ != divergence::none) {
    const std::lock_guard lock(run_->report_mutex);
    if (!run_->failed.exchange(true)) { run_->report = divergence_text(); }
    discard_runners();
  }
  if constexpr (sanitizer::thread_enabled) {
    // Freed and allocated again in each block, so that a block's accesses are not compared with those of the block
    // before.
    for (auto& each : shared_) { std::free(std::exchange(each.memory, nullptr)); }
    std::free(std::exchange(dynamic_.memory, nullptr));
    std::free(objects_);
    idle_.clear();
  }
}

/// After a divergence, stacks hold threads that will never end.
void worker::discard_runners() {
  idle_.clear();
  if constexpr (sanitizer::thread_enabled) {
    give_back_runners();  // TSan keeps a history per stack, which is dropped with it.
  } else {
    for (auto& each : runners_) {
      each->made = false;
      idle_.push_back(each.get());
    }
  }
}

void worker::give_back_runners() {
  for (auto& each : runners_) {
    if (each == nullptr) { continue; }
    sanitizer::fiber_end(each->at.fiber, each->entered, scheduler_.fiber, run_ == nullptr ? nullptr : &run_->end);
    sanitizer::stack_unpoison(static_cast<char*>(each->stack.sp) - each->stack.size, each->stack.size);
    stacks_.deallocate(each->stack);
  }
  runners_.clear();
}

void* worker::touch(shared_block& block, std::size_t bytes) {
  if (block.epoch == epoch_ && block.bytes == bytes && block.memory != nullptr) { return block.memory; }
  const sanitizer::quiet emulator_only;
  if (block.bytes != bytes || block.memory == nullptr) {
    watch::remove_shared(block.memory, block.bytes);
    std::free(block.memory);
    block.memory = std::malloc(bytes);
    block.bytes = bytes;
  }
  if (bytes != 0) { std::memset(block.memory, poison_byte, bytes); }
  watch::fresh_shared(block.memory, bytes);
  block.epoch = epoch_;
  return block.memory;
}

PLIMSOLL_NO_TSAN void* worker::shared(unsigned slot, std::size_t bytes) {
  const sanitizer::quiet emulator_only;
  if (slot >= shared_.size()) { shared_.resize(slot + 1); }
  return touch(shared_[slot], bytes);
}

// ---------------------------------------------------------------------------------------------- meetings

PLIMSOLL_HOT void worker::wait_at(meeting kind, unsigned mask, const std::source_location& where) {
  thread_state& state = states_[current_];
  state.kind = kind;
  state.mask = mask;
  state.where = where;
}

PLIMSOLL_HOT int worker::meet_block(meeting kind, int predicate, const std::source_location& where) {
  const sanitizer::quiet emulator_only;
  wait_at(kind, 0, where);
  if (arrived_ == 0) {
    kind_ = kind;
    where_ = where;
    votes_ = 0;
  } else if (kind != kind_ || !same_place(where, where_)) {
    stop(divergence::other_barrier);
  }
  votes_ += predicate != 0 ? 1 : 0;
  char* object = nullptr;
  if constexpr (sanitizer::thread_enabled) {
    object = &objects_->block[generation_ % 2];
    sanitizer::release(object);
  }
  if (++arrived_ == threads_) {
    arrived_ = 0;
    ++generation_;
    result_ = votes_;
    watch::block_met();
    const unsigned warps = (threads_ + lanes_per_warp - 1) / lanes_per_warp;
    for (unsigned i = 0; i < warps; ++i) { warps_[i].ready = warps_[i].existing; }
    ready_warps_ = ~0u >> (warps_max - warps);
  }
  park();
  sanitizer::acquire(object);
  return result_;
}

void worker::complete(warp& team, const group& done) {
  const auto each_lane = [&](auto&& visit) {
    for (unsigned left = done.mask; left != 0; left &= left - 1) {
      visit(static_cast<unsigned>(std::countr_zero(left)));
    }
  };
  switch (done.kind) {
    case meeting::shuffle: each_lane([&](unsigned lane) { team.result[lane] = team.value[team.source[lane]]; }); break;
    case meeting::ballot: {
      std::uint64_t votes = 0;
      each_lane([&](unsigned lane) { votes |= std::uint64_t{team.value[lane] != 0} << lane; });
      each_lane([&](unsigned lane) { team.result[lane] = votes; });
      break;
    }
    case meeting::match_any:
      each_lane([&](unsigned lane) {
        std::uint64_t equal = 0;
        each_lane([&](unsigned other) { equal |= std::uint64_t{team.value[other] == team.value[lane]} << other; });
        team.result[lane] = equal;
      });
      break;
    default: break;
  }
  team.ready |= done.mask;
  watch::warp_met(static_cast<unsigned>(&team - warps_), done.mask);
  ready_warps_ |= 1u << (&team - warps_);
}

/// Returns the group that waits with this mask, else a free one. Parts of a warp may wait with different masks.
PLIMSOLL_HOT unsigned worker::slot_of(const warp& team, unsigned mask) {
  for (unsigned left = team.open; left != 0; left &= left - 1) {
    const auto slot = static_cast<unsigned>(std::countr_zero(left));
    if (team.groups[slot].mask == mask) { return slot; }
  }
  return static_cast<unsigned>(std::countr_one(team.open));
}

PLIMSOLL_HOT std::uint64_t worker::meet_warp(meeting kind, unsigned mask, std::uint64_t value, unsigned source,
                                             const std::source_location& where) {
  const sanitizer::quiet emulator_only;
  wait_at(kind, mask, where);
  warp& team = warps_[current_ / lanes_per_warp];
  const unsigned lane = current_ % lanes_per_warp;
  team.source[lane] = source;
  if (((mask >> lane) & 1u) == 0) { stop(divergence::own_lane_missing); }
  if ((mask & ~team.existing) != 0) { stop(divergence::no_such_lane); }
  if ((mask & team.exited) != 0) { stop(divergence::lane_exited); }
  if (kind == meeting::shuffle && ((mask >> source) & 1u) == 0) { stop(divergence::source_outside); }
  const unsigned slot = slot_of(team, mask);
  states_[current_].slot = slot;
  group& with = team.groups[slot];
  if (((team.open >> slot) & 1u) == 0) {
    team.open |= 1u << slot;
    with = {mask, 0, kind, where};
  } else if (kind != with.kind || !same_place(where, with.where)) {
    stop(divergence::other_collective);
  }
  team.value[lane] = value;
  with.arrived |= 1u << lane;
  char* object = nullptr;
  if constexpr (sanitizer::thread_enabled) {
    object = &objects_->warps[&team - warps_][slot][(team.generation >> slot) & 1u];
    sanitizer::release(object);
  }
  if (with.arrived == mask) {
    team.open &= ~(1u << slot);
    team.generation ^= 1u << slot;
    complete(team, with);
  }
  park();
  sanitizer::acquire(object);
  return team.result[lane];
}

PLIMSOLL_NO_TSAN int meet_block(meeting kind, int predicate, std::source_location where) {
  return this_worker->meet_block(kind, predicate, where);
}

PLIMSOLL_NO_TSAN std::uint64_t meet_warp(meeting kind, unsigned mask, std::uint64_t value, unsigned source,
                                         std::source_location where) {
  return this_worker->meet_warp(kind, mask, value, source, where);
}

}  // namespace plimsoll::emulated
