#include "tests/allocation/failing_new.hpp"

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

#include <malloc.h>

namespace plimsoll::allocation {
namespace {

std::atomic<std::uint64_t> made_so_far{0};
std::atomic<std::uint64_t> fails_at{0};  ///< 0: none fails.
std::atomic<bool> fails_after{false};

bool fails_now() {
  const std::uint64_t at = fails_at.load();
  if (at == 0) { return false; }
  const std::uint64_t nth = made_so_far.fetch_add(1) + 1;
  return nth == at || (nth > at && fails_after.load());
}

void* memory(std::size_t bytes, std::size_t alignment) {
  if (fails_now()) { return nullptr; }
  return alignment <= alignof(std::max_align_t) ? std::malloc(bytes == 0 ? 1 : bytes) : memalign(alignment, bytes);
}

void* memory_or_throw(std::size_t bytes, std::size_t alignment) {
  void* got = memory(bytes, alignment);
  if (got == nullptr) { throw std::bad_alloc(); }
  return got;
}

}  // namespace

failing::failing(std::uint64_t nth, lasting how) {
  made_so_far = 0;
  fails_after = how == lasting::for_ever;
  fails_at = nth;
}
counting::counting() {
  made_so_far = 0;
  fails_after = false;
  fails_at = ~std::uint64_t{0};
}
counting::~counting() { fails_at = 0; }
std::uint64_t counting::made() const { return made_so_far.load(); }

failing::~failing() { fails_at = 0; }
bool failing::reached() const { return made_so_far.load() >= fails_at.load(); }

}  // namespace plimsoll::allocation

using plimsoll::allocation::memory;
using plimsoll::allocation::memory_or_throw;

extern "C" void* aligned_alloc(std::size_t alignment, std::size_t bytes) noexcept {
  return memory(bytes, alignment);
}  // Of huge_buffer.

void* operator new(std::size_t bytes) { return memory_or_throw(bytes, 1); }
void* operator new[](std::size_t bytes) { return memory_or_throw(bytes, 1); }
void* operator new(std::size_t bytes, std::align_val_t at) {
  return memory_or_throw(bytes, static_cast<std::size_t>(at));
}
void* operator new[](std::size_t bytes, std::align_val_t at) {
  return memory_or_throw(bytes, static_cast<std::size_t>(at));
}
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept { return memory(bytes, 1); }
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept { return memory(bytes, 1); }
void* operator new(std::size_t bytes, std::align_val_t at, const std::nothrow_t&) noexcept {
  return memory(bytes, static_cast<std::size_t>(at));
}
void* operator new[](std::size_t bytes, std::align_val_t at, const std::nothrow_t&) noexcept {
  return memory(bytes, static_cast<std::size_t>(at));
}
void operator delete(void* from) noexcept { std::free(from); }
void operator delete[](void* from) noexcept { std::free(from); }
void operator delete(void* from, std::size_t) noexcept { std::free(from); }
void operator delete[](void* from, std::size_t) noexcept { std::free(from); }
void operator delete(void* from, std::align_val_t) noexcept { std::free(from); }
void operator delete[](void* from, std::align_val_t) noexcept { std::free(from); }
void operator delete(void* from, std::size_t, std::align_val_t) noexcept { std::free(from); }
void operator delete[](void* from, std::size_t, std::align_val_t) noexcept { std::free(from); }
