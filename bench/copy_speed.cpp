#include "bench/copy_speed.hpp"

#include <cstring>

#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/partitioner.h>
#include <oneapi/tbb/task_arena.h>

#include "bench/stage.hpp"

namespace plimsoll::bench {
namespace {

constexpr std::size_t piece = std::size_t{1} << 20;

class host_copy final : public copy_speed {
 public:
  host_copy(std::size_t bytes, int threads)
      : arena_(threads > 0 ? threads : oneapi::tbb::task_arena::automatic),
        pieces_((bytes + piece - 1) / piece),
        from_(new char[pieces_ * piece]),
        to_(new char[pieces_ * piece]) {
    // Pages are first touched by the threads that will copy them.
    each_part([&](std::size_t first, std::size_t length) {
      std::memset(from_.get() + first, 1, length);
      std::memset(to_.get() + first, 0, length);
    });
  }

  result<double> once() override {
    const stopwatch watch;
    each_part(
        [&](std::size_t first, std::size_t length) { std::memcpy(to_.get() + first, from_.get() + first, length); });
    return 2e-9 * static_cast<double>(pieces_ * piece) / watch.seconds();
  }

 private:
  /// Calls body(first byte, bytes) for contiguous parts, the same parts on the same threads as far as possible.
  template <class Body>
  void each_part(const Body& body) {
    using range = oneapi::tbb::blocked_range<std::size_t>;
    arena_.execute([&] {
      oneapi::tbb::parallel_for(
          range(0, pieces_), [&](const range& part) { body(part.begin() * piece, part.size() * piece); },
          oneapi::tbb::static_partitioner{});
    });
  }

  oneapi::tbb::task_arena arena_;
  std::size_t pieces_;
  std::unique_ptr<char[]> from_;  // NOLINT(modernize-avoid-c-arrays): unset memory, first touched in parallel.
  std::unique_ptr<char[]> to_;    // NOLINT(modernize-avoid-c-arrays)
};

}  // namespace

std::unique_ptr<copy_speed> make_host_copy(std::size_t bytes, int threads) {
  return std::make_unique<host_copy>(bytes, threads);
}

#if !defined(PLIMSOLL_WITH_CUDA)
result<std::unique_ptr<copy_speed>> make_device_copy(std::size_t /*bytes*/) {
  return error{error_code::device_missing, "built without CUDA"};
}
#endif

}  // namespace plimsoll::bench
