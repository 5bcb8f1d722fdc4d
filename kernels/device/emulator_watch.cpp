// Records the last uses of each word of device and shared memory, whether anything has ordered two uses, and which
// bytes have been written at all.
//
// Two accesses of different threads race if one of them writes, not both are atomic, and nothing orders them:
// neither the end of a launch, nor a barrier of their block, nor a meeting of lanes of their warp, nor fences of their
// blocks. Blocks run one after the other, so a fence is taken as the whole block's: a race may be missed there, but
// none is invented.
#include "kernels/device/emulator_watch.hpp"

#if defined(PLIMSOLL_WATCHED)

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include <dlfcn.h>

#include "plimsoll/config.hpp"

namespace plimsoll::emulated::watch {
namespace {

constexpr unsigned lanes = 32;
constexpr unsigned warps_max = 32;
constexpr unsigned page_bits = 12;
constexpr std::uintptr_t page_bytes = std::uintptr_t{1} << page_bits;

enum class use : std::uint8_t { none, read, write, atomic };

/// One access: the data that is needed to check a later one against it.
struct access {
  std::uint64_t launch = 0;
  std::uint64_t block = 0;
  std::uint64_t time = 0;   ///< Accesses of all launches before it.
  std::uint32_t epoch = 0;  ///< Barriers of the block before it.
  std::uint32_t clock = 0;  ///< Meetings of its lane before it.
  const void* code = nullptr;
  std::uint16_t thread = 0;
  use how = use::none;
};

/// The last uses of a word: for reads and atomics, those of two different threads.
struct cell {
  access write;
  std::array<access, 2> reads;
  std::array<access, 2> atomics;
};

/// Cells of a page of memory: one for each 4 bytes, or for each byte once smaller ones are used alone.
struct page {
  std::array<bool, page_bytes / 4> watched{};
  bool by_byte = false;
  std::vector<cell> cells;
};

/// The state of each byte of a page. It is separate from the cells, which are forgotten whenever memory is allocated or
/// freed.
enum class content : std::uint8_t { not_watched, unwritten, written };
using content_page = std::array<content, page_bytes>;

struct watch_state {
  std::mutex mutex;  ///< Held by the running launch.
  std::map<std::uintptr_t, std::size_t> memory;
  std::unordered_map<std::uintptr_t, std::unique_ptr<page>> pages;  ///< Null: no watched memory there.
  std::array<std::pair<std::uintptr_t, page*>, 1024> near{};        ///< Pages found lately; 0 means none.

  std::uint64_t launch = 0;
  std::uint64_t block = 0;
  std::uint64_t time = 0;
  std::uint32_t epoch = 0;
  unsigned thread = 0;
  std::uint32_t seen[warps_max][lanes][lanes] =
      {};  ///< Per lane: the clock up to which it knows each lane of its warp.
  std::unordered_map<std::uint64_t, std::uint64_t> fenced;  ///< The last fence of each block of this launch.
  std::unordered_map<std::uintptr_t, std::unique_ptr<content_page>> contents;  ///< Null: no watched memory there.
  std::array<std::pair<std::uintptr_t, content_page*>, 1024> near_contents{};
  std::optional<std::string> race;
  std::optional<std::string> unwritten;
  /// A race is reported before a read of unwritten memory, because a missing barrier may cause both.
  [[nodiscard]] const std::optional<std::string>& report() const { return race ? race : unwritten; }
  void forget_reports() { race = unwritten = std::nullopt; }
};

watch_state& state() {
  static watch_state* const the_watch = new watch_state;  // Never destroyed: helper threads may outlive `main`.
  return *the_watch;
}

/// The activity of the running OS thread: only kernels are checked for races.
enum class place : std::uint8_t { host, algorithm, kernel };
constinit thread_local place at_work = place::host;

void forget_pages(watch_state& on, std::uintptr_t begin, std::size_t bytes) {
  for (std::uintptr_t at = begin >> page_bits; bytes != 0 && at <= (begin + bytes - 1) >> page_bits; ++at) {
    on.pages.erase(at);
    on.near[at % on.near.size()] = {0, nullptr};
  }
}

/// The page's bytes; created if requested.
content_page* contents_of(watch_state& on, std::uintptr_t number, bool wanted) {
  auto& lately = on.near_contents[number % on.near_contents.size()];
  if (lately.first == number && (lately.second != nullptr || !wanted)) { return lately.second; }
  auto& found = on.contents[number];
  if (found == nullptr && wanted) { found = std::make_unique<content_page>(); }
  lately = {number, found.get()};
  return found.get();
}

/// Calls `with(page or null, offset, length)` for each page's part of the bytes.
template <class With>
void for_contents(watch_state& on, std::uintptr_t begin, std::size_t bytes, bool wanted, const With& with) {
  for (std::uintptr_t at = begin; at < begin + bytes;) {
    const std::uintptr_t offset = at % page_bytes;
    const std::size_t length = std::min<std::size_t>(page_bytes - offset, begin + bytes - at);
    with(contents_of(on, at >> page_bits, wanted), offset, length);
    at += length;
  }
}

void set_contents(watch_state& on, std::uintptr_t begin, std::size_t bytes, content what) {
  for_contents(on, begin, bytes, what != content::not_watched,
               [&](content_page* page, std::uintptr_t offset, std::size_t length) {
                 if (page != nullptr) {
                   std::fill_n(page->begin() + static_cast<std::ptrdiff_t>(offset), length, what);
                 }
               });
}

/// The first of the bytes that is watched and unwritten, or `begin + bytes`.
std::uintptr_t first_unwritten(watch_state& on, std::uintptr_t begin, std::size_t bytes) {
  std::uintptr_t first = begin + bytes;
  std::uintptr_t at = begin;
  for_contents(on, begin, bytes, false, [&](const content_page* page, std::uintptr_t offset, std::size_t length) {
    for (std::size_t i = 0; page != nullptr && i < length && first == begin + bytes; ++i) {
      if ((*page)[offset + i] == content::unwritten) { first = at + i; }
    }
    at += length;
  });
  return first;
}

void note_written(watch_state& on, std::uintptr_t begin, std::size_t bytes) {
  for_contents(on, begin, bytes, false, [](content_page* page, std::uintptr_t offset, std::size_t length) {
    for (std::size_t i = 0; page != nullptr && i < length; ++i) {
      content& one = (*page)[offset + i];
      if (one == content::unwritten) { one = content::written; }
    }
  });
}

std::unique_ptr<page> make_page(const watch_state& on, std::uintptr_t number) {
  const std::uintptr_t begin = number << page_bits;
  auto made = std::make_unique<page>();
  bool any = false;
  auto next = on.memory.upper_bound(begin);
  if (next != on.memory.begin()) { --next; }
  for (; next != on.memory.end() && next->first < begin + page_bytes; ++next) {
    const std::uintptr_t first = std::max(begin, next->first);
    const std::uintptr_t last = std::min(begin + page_bytes, next->first + next->second);
    for (std::uintptr_t at = first & ~std::uintptr_t{3}; at < last; at += 4) {
      any = made->watched[(at - begin) / 4] = true;
    }
  }
  if (!any) { return nullptr; }
  made->cells.resize(page_bytes / 4);
  return made;
}

page* page_of(watch_state& on, std::uintptr_t number) {
  auto& lately = on.near[number % on.near.size()];
  if (lately.first == number) { return lately.second; }
  auto found = on.pages.find(number);
  if (found == on.pages.end()) { found = on.pages.emplace(number, make_page(on, number)).first; }
  lately = {number, found->second.get()};
  return lately.second;
}

bool ordered(const watch_state& on, const access& before) {
  if (before.how == use::none || before.launch != on.launch) { return true; }
  if (before.block != on.block) {
    const auto theirs = on.fenced.find(before.block);
    return theirs != on.fenced.end() && before.time < theirs->second && on.fenced.contains(on.block);
  }
  if (before.thread == on.thread || before.epoch != on.epoch) { return true; }
  return before.thread / lanes == on.thread / lanes &&
         on.seen[on.thread / lanes][on.thread % lanes][before.thread % lanes] >= before.clock;
}

/// "writes block 3 thread 5 (program+0x1f00)".
std::string text_of(const access& one) {
  static constexpr const char* verbs[] = {"", "reads", "writes", "atomically changes"};
  std::string text = "block " + std::to_string(one.block) + " thread " + std::to_string(one.thread) + " " +
                     verbs[static_cast<int>(one.how)] + " it";
  Dl_info where;
  if (dladdr(one.code, &where) == 0) { return text; }
  char offset[24];
  const auto* const call = static_cast<const char*>(one.code) - 1;  // `code` is where the call comes back to.
  std::snprintf(offset, sizeof offset, "0x%zx",
                static_cast<std::size_t>(call - static_cast<const char*>(where.dli_fbase)));
  return text + " at " + where.dli_fname + "+" + offset;
}

/// "byte 28 of 4096 bytes".
std::string place_of(const watch_state& on, std::uintptr_t at) {
  auto block = on.memory.upper_bound(at);
  if (block == on.memory.begin()) { return "shared memory"; }
  --block;
  return "byte " + std::to_string(at - block->first) + " of " + std::to_string(block->second) + " bytes";
}

void say(watch_state& on, std::uintptr_t at, const access& before, const access& now) {
  if (on.race) { return; }
  on.race = "threads race, nothing orders two uses of " + place_of(on, at) + ": " + text_of(before) + ", " +
            text_of(now) + ".";
}

/// A read requires written bytes; a write marks them as written.
void note_access(watch_state& on, std::uintptr_t begin, std::size_t bytes, use how, const std::string& reader) {
  if (how != use::write && !on.unwritten) {
    const std::uintptr_t first = first_unwritten(on, begin, bytes);
    if (first != begin + bytes) {
      on.unwritten =
          "memory is read before it is written, nothing has written " + place_of(on, first) + ": " + reader + ".";
    }
  }
  if (how != use::read) { note_written(on, begin, bytes); }
}

/// The order between an earlier access's thread and this one's, if they differ.
void keep(std::array<access, 2>& uses, const access& now) {
  const bool same = uses[0].launch == now.launch && uses[0].block == now.block && uses[0].thread == now.thread;
  if (!same) { uses[1] = uses[0]; }
  uses[0] = now;
}

bool same_moment(const access& a, const access& b) {
  return a.launch == b.launch && a.block == b.block && a.thread == b.thread && a.epoch == b.epoch && a.clock == b.clock;
}

void judge(watch_state& on, cell& of, std::uintptr_t at, const access& now) {
  // An access of another thread in between is a race that was reported already.
  if (now.how == use::read && (same_moment(of.reads[0], now) || same_moment(of.write, now))) { return; }
  if (now.how == use::write && same_moment(of.write, now) && of.write.time >= of.reads[0].time) { return; }
  const auto against = [&](const access& before) {
    if (!ordered(on, before)) { say(on, at, before, now); }
  };
  against(of.write);
  if (now.how != use::read) { std::for_each(of.reads.begin(), of.reads.end(), against); }
  if (now.how != use::atomic) { std::for_each(of.atomics.begin(), of.atomics.end(), against); }
  switch (now.how) {
    case use::read: return keep(of.reads, now);
    case use::atomic: return keep(of.atomics, now);
    default: of.write = now;
  }
}

void split_into_bytes(page& which) {
  if (which.by_byte) { return; }
  which.by_byte = true;
  std::vector<cell> bytes(page_bytes);
  for (std::size_t i = 0; i < page_bytes; ++i) { bytes[i] = which.cells[i / 4]; }
  which.cells = std::move(bytes);
}

void look(std::uintptr_t begin, std::size_t bytes, use how, const void* code) {
  watch_state& on = state();
  const access now{on.launch,
                   on.block,
                   on.time++,
                   on.epoch,
                   on.seen[on.thread / lanes][on.thread % lanes][on.thread % lanes],
                   code,
                   static_cast<std::uint16_t>(on.thread),
                   how};
  if (how == use::write || first_unwritten(on, begin, bytes) != begin + bytes) {
    note_access(on, begin, bytes, how, how == use::write ? std::string() : text_of(now));
  }
  for (std::uintptr_t at = begin; at < begin + bytes;) {
    const std::uintptr_t offset = at % page_bytes;
    page* const in = page_of(on, at >> page_bits);
    if (in == nullptr) {
      at += page_bytes - offset;
      continue;
    }
    const bool whole_word = at % 4 == 0 && begin + bytes - at >= 4;
    if (!whole_word && in->watched[offset / 4]) { split_into_bytes(*in); }
    const std::uintptr_t step = whole_word ? 4 : 1;
    if (in->watched[offset / 4]) {
      if (in->by_byte) {
        for (std::uintptr_t i = 0; i < step; ++i) { judge(on, in->cells[offset + i], at + i, now); }
      } else {
        judge(on, in->cells[offset / 4], at, now);
      }
    }
    at += step;
  }
}

}  // namespace

void add_memory(const void* memory, std::size_t bytes, bool written) {
  watch_state& on = state();
  const std::lock_guard lock(on.mutex);
  const auto begin = reinterpret_cast<std::uintptr_t>(memory);
  on.memory[begin] = bytes;
  set_contents(on, begin, bytes, written ? content::written : content::unwritten);
  forget_pages(on, begin, bytes);
}

void remove_memory(const void* memory, std::size_t bytes) {
  const std::lock_guard lock(state().mutex);
  remove_shared(memory, bytes);
}

void note_fill(const void* to, std::size_t bytes) {
  const std::lock_guard lock(state().mutex);
  note_written(state(), reinterpret_cast<std::uintptr_t>(to), bytes);
}

void note_copy(const void* to, const void* from, std::size_t bytes) {
  watch_state& on = state();
  const std::lock_guard lock(on.mutex);
  const auto target = reinterpret_cast<std::uintptr_t>(to);
  const auto source = reinterpret_cast<std::uintptr_t>(from);
  for (std::size_t done = 0; done < bytes;) {  // Runs of bytes that were written, and those between them.
    const std::uintptr_t unwritten = first_unwritten(on, source + done, bytes - done);
    note_written(on, target + done, unwritten - source - done);
    for (done = unwritten - source; done < bytes && first_unwritten(on, source + done, 1) == source + done; ++done) {
      set_contents(on, target + done, 1, content::unwritten);
    }
  }
}

std::optional<std::string> fault_of_read(const void* from, std::size_t bytes) {
  watch_state& on = state();
  const std::lock_guard lock(on.mutex);
  const auto begin = reinterpret_cast<std::uintptr_t>(from);
  const std::uintptr_t first = first_unwritten(on, begin, bytes);
  if (first == begin + bytes) { return std::nullopt; }
  return "Invariant: nothing has written " + place_of(on, first) + " that a copy takes home.";
}

algorithm_watch::algorithm_watch() {
  state().mutex.lock();
  state().forget_reports();
  at_work = place::algorithm;
}
algorithm_watch::~algorithm_watch() {
  at_work = place::host;
  state().mutex.unlock();
}
std::optional<std::string> algorithm_watch::report() const {
  const auto& outcome = state().report();
  return outcome ? std::optional("Invariant: " + *outcome) : std::nullopt;
}

launch_watch::launch_watch() {
  watch_state& on = state();
  on.mutex.lock();
  ++on.launch;
  on.forget_reports();
  on.fenced.clear();
}

launch_watch::~launch_watch() { state().mutex.unlock(); }

std::optional<std::string> launch_watch::report() const { return state().report(); }

void begin_block(std::uint64_t block) {
  watch_state& on = state();
  on.block = block;
  on.epoch = 0;
  for (auto& warp : on.seen) {
    for (unsigned lane = 0; lane < lanes; ++lane) {
      std::fill(std::begin(warp[lane]), std::end(warp[lane]), 0U);
      warp[lane][lane] = 1;
    }
  }
  at_work = place::kernel;
}

void end_block() { at_work = place::host; }

void run_thread(unsigned id) { state().thread = id; }

void fresh_shared(const void* memory, std::size_t bytes) {
  watch_state& on = state();
  const auto begin = reinterpret_cast<std::uintptr_t>(memory);
  set_contents(on, begin, bytes, content::unwritten);
  auto& known = on.memory[begin];
  if (known != bytes) {
    known = bytes;
    return forget_pages(on, begin, bytes);
  }
  for (std::uintptr_t at = begin & ~std::uintptr_t{3}; at < begin + bytes; at += 4) {
    page* const in = page_of(on, at >> page_bits);
    const std::size_t offset = at % page_bytes;
    if (in->by_byte) {
      std::fill_n(in->cells.begin() + static_cast<std::ptrdiff_t>(offset), 4, cell{});
    } else {
      in->cells[offset / 4] = {};
    }
  }
}

void remove_shared(const void* memory, std::size_t bytes) {
  watch_state& on = state();
  const auto begin = reinterpret_cast<std::uintptr_t>(memory);
  on.memory.erase(begin);
  set_contents(on, begin, bytes, content::not_watched);
  forget_pages(on, begin, bytes);
}

void block_met() { ++state().epoch; }

void warp_met(unsigned warp, unsigned mask) {
  auto& clocks = state().seen[warp];
  std::array<std::uint32_t, lanes> joined{};
  for (unsigned lane = 0; lane < lanes; ++lane) {
    if (((mask >> lane) & 1U) == 0) { continue; }
    for (unsigned other = 0; other < lanes; ++other) { joined[other] = std::max(joined[other], clocks[lane][other]); }
  }
  for (unsigned lane = 0; lane < lanes; ++lane) {
    if (((mask >> lane) & 1U) == 0) { continue; }
    std::copy(joined.begin(), joined.end(), std::begin(clocks[lane]));
    ++clocks[lane][lane];
  }
}

void fence() {
  watch_state& on = state();
  on.fenced[on.block] = on.time;
}

}  // namespace plimsoll::emulated::watch

// --------------------------------------------------------------------------- calls that g++ puts before accesses

namespace {

using plimsoll::emulated::watch::use;

inline void accessed(const volatile void* at, std::size_t bytes, use how, const void* code) {
  using namespace plimsoll::emulated::watch;
  const auto begin = reinterpret_cast<std::uintptr_t>(at);
  if (at_work == place::kernel) { look(begin, bytes, how, code); }
  if (at_work == place::algorithm) { note_access(state(), begin, bytes, how, "an algorithm reads it"); }
}

}  // namespace

// NOLINTBEGIN(bugprone-reserved-identifier): g++'s names.
#define PLIMSOLL_CODE __builtin_return_address(0)
#define PLIMSOLL_PLAIN(bytes)                                                                             \
  void __tsan_read##bytes(void* at) { accessed(at, bytes, use::read, PLIMSOLL_CODE); }                    \
  void __tsan_write##bytes(void* at) { accessed(at, bytes, use::write, PLIMSOLL_CODE); }                  \
  void __tsan_unaligned_read##bytes(void* at) { accessed(at, bytes, use::read, PLIMSOLL_CODE); }          \
  void __tsan_unaligned_write##bytes(void* at) { accessed(at, bytes, use::write, PLIMSOLL_CODE); }        \
  void __tsan_volatile_read##bytes(void* at) { accessed(at, bytes, use::read, PLIMSOLL_CODE); }           \
  void __tsan_volatile_write##bytes(void* at) { accessed(at, bytes, use::write, PLIMSOLL_CODE); }         \
  void __tsan_unaligned_volatile_read##bytes(void* at) { accessed(at, bytes, use::read, PLIMSOLL_CODE); } \
  void __tsan_unaligned_volatile_write##bytes(void* at) { accessed(at, bytes, use::write, PLIMSOLL_CODE); }

#define PLIMSOLL_FETCH(bits, name)                                                             \
  word##bits __tsan_atomic##bits##_fetch_##name(volatile word##bits* at, word##bits by, int) { \
    accessed(at, bits / 8, use::atomic, PLIMSOLL_CODE);                                        \
    return __atomic_fetch_##name(at, by, __ATOMIC_SEQ_CST);                                    \
  }
#define PLIMSOLL_ATOMIC(bits)                                                                                         \
  word##bits __tsan_atomic##bits##_load(const volatile word##bits* at, int) {                                         \
    accessed(at, bits / 8, use::atomic, PLIMSOLL_CODE);                                                               \
    return __atomic_load_n(at, __ATOMIC_SEQ_CST);                                                                     \
  }                                                                                                                   \
  void __tsan_atomic##bits##_store(volatile word##bits* at, word##bits value, int) {                                  \
    accessed(at, bits / 8, use::atomic, PLIMSOLL_CODE);                                                               \
    __atomic_store_n(at, value, __ATOMIC_SEQ_CST);                                                                    \
  }                                                                                                                   \
  word##bits __tsan_atomic##bits##_exchange(volatile word##bits* at, word##bits value, int) {                         \
    accessed(at, bits / 8, use::atomic, PLIMSOLL_CODE);                                                               \
    return __atomic_exchange_n(at, value, __ATOMIC_SEQ_CST);                                                          \
  }                                                                                                                   \
  bool __tsan_atomic##bits##_compare_exchange_strong(volatile word##bits* at, word##bits* expected, word##bits value, \
                                                     int, int) {                                                      \
    accessed(at, bits / 8, use::atomic, PLIMSOLL_CODE);                                                               \
    return __atomic_compare_exchange_n(at, expected, value, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);               \
  }                                                                                                                   \
  bool __tsan_atomic##bits##_compare_exchange_weak(volatile word##bits* at, word##bits* expected, word##bits value,   \
                                                   int, int) {                                                        \
    accessed(at, bits / 8, use::atomic, PLIMSOLL_CODE);                                                               \
    return __atomic_compare_exchange_n(at, expected, value, true, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);                \
  }                                                                                                                   \
  PLIMSOLL_FETCH(bits, add)                                                                                           \
  PLIMSOLL_FETCH(bits, sub)                                                                                           \
  PLIMSOLL_FETCH(bits, and)                                                                                           \
  PLIMSOLL_FETCH(bits, or)                                                                                            \
  PLIMSOLL_FETCH(bits, xor)

extern "C" {
using word8 = std::uint8_t;
using word16 = std::uint16_t;
using word32 = std::uint32_t;
using word64 = std::uint64_t;

void __tsan_init() {}
void __tsan_func_entry(void*) {}
void __tsan_func_exit() {}
void __tsan_vptr_update(void**, void*) {}
void __tsan_vptr_read(void**) {}
void __tsan_read_range(void* at, std::size_t bytes) { accessed(at, bytes, use::read, PLIMSOLL_CODE); }
void __tsan_write_range(void* at, std::size_t bytes) { accessed(at, bytes, use::write, PLIMSOLL_CODE); }
void __tsan_atomic_thread_fence(int) {}
void __tsan_atomic_signal_fence(int) {}
PLIMSOLL_PLAIN(1)
PLIMSOLL_PLAIN(2)
PLIMSOLL_PLAIN(4)
PLIMSOLL_PLAIN(8)
PLIMSOLL_PLAIN(16)
PLIMSOLL_ATOMIC(8)
PLIMSOLL_ATOMIC(16)
PLIMSOLL_ATOMIC(32)
PLIMSOLL_ATOMIC(64)
}
// NOLINTEND(bugprone-reserved-identifier)

#endif
