// Memory for the large arrays of the CPU backend: uninitialised, and on huge pages if the system provides them.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <type_traits>

#include <sys/mman.h>

namespace plimsoll {

/// Owns `size()` elements of a trivial type. Contents are undefined after `reset`.
template <class T>
class huge_buffer {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  /// Resizes to `count` elements; reuses the memory if there is enough. Throws std::bad_alloc.
  void reset(std::size_t count) {
    size_ = count;
    if (count <= capacity_) { return; }
    constexpr std::size_t huge_page = std::size_t{1} << 21;
    constexpr std::size_t line = 64;
    const std::size_t bytes = count * sizeof(T);
    const std::size_t alignment = bytes >= huge_page ? huge_page : line;
    const std::size_t rounded = (bytes + alignment - 1) / alignment * alignment;
    elements_.reset(static_cast<T*>(std::aligned_alloc(alignment, rounded)));
    capacity_ = elements_ == nullptr ? 0 : count;
    if (elements_ == nullptr) { throw std::bad_alloc(); }
    // Only a hint: if it is refused, ordinary pages work as well.
    if (alignment == huge_page) { (void)madvise(elements_.get(), rounded, MADV_HUGEPAGE); }
  }

  [[nodiscard]] T* data() { return elements_.get(); }
  [[nodiscard]] const T* data() const { return elements_.get(); }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] T& operator[](std::size_t i) { return elements_.get()[i]; }
  [[nodiscard]] const T& operator[](std::size_t i) const { return elements_.get()[i]; }

 private:
  struct release {
    void operator()(T* memory) const { std::free(memory); }  // NOLINT: the pair of aligned_alloc.
  };
  std::unique_ptr<T, release> elements_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace plimsoll
