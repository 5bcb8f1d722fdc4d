// Tells the sanitizers about fibers; empty in a plain build. Only the emulator includes this.
//
// ASan is notified of each stack change. TSan sees one fiber per CUDA thread, so only a meeting orders two threads of a
// block, which makes TSan a racecheck on the CPU.
#pragma once

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

#if defined(__SANITIZE_THREAD__)
extern "C" {
void* __tsan_create_fiber(unsigned flags);
void __tsan_destroy_fiber(void* fiber);
void __tsan_switch_to_fiber(void* fiber, unsigned flags);
void* __tsan_get_current_fiber();
void __tsan_acquire(void* address);
void __tsan_release(void* address);
void AnnotateIgnoreReadsBegin(const char* file, int line);
void AnnotateIgnoreReadsEnd(const char* file, int line);
void AnnotateIgnoreWritesBegin(const char* file, int line);
void AnnotateIgnoreWritesEnd(const char* file, int line);
}
#define PLIMSOLL_NO_TSAN __attribute__((no_sanitize("thread")))
#else
#define PLIMSOLL_NO_TSAN
#endif

namespace plimsoll::emulated::sanitizer {

#if defined(__SANITIZE_THREAD__)
inline constexpr bool thread_enabled = true;
inline void* fiber_make() { return __tsan_create_fiber(0); }
inline void* fiber_current() { return __tsan_get_current_fiber(); }
/// Flag 1: the change itself does not order the fibers.
PLIMSOLL_NO_TSAN inline void fiber_switch(void* fiber) { __tsan_switch_to_fiber(fiber, 1); }
inline void acquire(void* object) { __tsan_acquire(object); }
inline void release(void* object) { __tsan_release(object); }

PLIMSOLL_NO_TSAN inline void quiet_begin() {
  AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
  AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
}
PLIMSOLL_NO_TSAN inline void quiet_end() {
  AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
  AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
}

/// Ends a fiber for good; one that has `entered` rests inside the emulator, and it ends as if it had returned from the
/// kernel.
PLIMSOLL_NO_TSAN inline void fiber_end(void* fiber, bool entered, void* scheduler, void* kernel_end) {
  if (entered) {
    fiber_switch(fiber);
    quiet_end();
    if (kernel_end != nullptr) { __tsan_release(kernel_end); }
    fiber_switch(scheduler);
  }
  __tsan_destroy_fiber(fiber);
}

/// While one lives, the accesses of this fiber are the emulator's own and are not checked. Memory allocated meanwhile
/// starts without a history.
struct quiet {
  PLIMSOLL_NO_TSAN quiet() { quiet_begin(); }
  PLIMSOLL_NO_TSAN ~quiet() { quiet_end(); }
  quiet(const quiet&) = delete;
  quiet& operator=(const quiet&) = delete;
};
#else
inline constexpr bool thread_enabled = false;
inline void* fiber_make() { return nullptr; }
inline void* fiber_current() { return nullptr; }
inline void fiber_switch(void*) {}
inline void fiber_end(void*, bool, void*, void*) {}
inline void acquire(void*) {}
inline void release(void*) {}
struct quiet {
  quiet() {}
};
#endif

#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool address_enabled = true;
inline void stack_leave(void** fake, const void* bottom, std::size_t bytes) {
  __sanitizer_start_switch_fiber(fake, bottom, bytes);
}
inline void stack_arrive(void* fake, const void** from_bottom, std::size_t* from_bytes) {
  __sanitizer_finish_switch_fiber(fake, from_bottom, from_bytes);
}
inline void stack_unpoison(void* bottom, std::size_t bytes) { __asan_unpoison_memory_region(bottom, bytes); }
#else
inline constexpr bool address_enabled = false;
inline void stack_leave(void**, const void*, std::size_t) {}
inline void stack_arrive(void*, const void**, std::size_t*) {}
inline void stack_unpoison(void*, std::size_t) {}
#endif

}  // namespace plimsoll::emulated::sanitizer
