// Shared by the emulator's tests: settings for one scope, a small device, sizes that are small enough for sanitizers.
#pragma once

#include <array>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "kernels/device/block.hpp"

namespace plimsoll::emulated {

#if defined(__SANITIZE_THREAD__)
inline constexpr bool under_tsan = true;
#else
inline constexpr bool under_tsan = false;
#endif

/// Every access of a kernel is checked, by TSan or by the emulated device itself.
#if defined(PLIMSOLL_WATCHED)
inline constexpr bool slow_build = true;
#else
inline constexpr bool slow_build = under_tsan;
#endif

/// A size for this build: checking each access costs one or two orders of magnitude.
constexpr std::uint32_t sized(std::uint32_t plain) { return slow_build ? plain / 64 : plain; }

/// Settings until the end of the scope.
class with_settings {
 public:
  explicit with_settings(const settings& chosen) : before_(configured()) { configure(chosen); }
  ~with_settings() { configure(before_); }
  with_settings(const with_settings&) = delete;
  with_settings& operator=(const with_settings&) = delete;

 private:
  settings before_;
};

/// Three thread orders on one worker and on two. Races are found by the order between two threads, not by which one
/// runs first.
inline std::vector<settings> schedules() {
  if (slow_build) { return {{thread_order::forward, 1, 1}, {thread_order::random, 11, 2}}; }
  return {{thread_order::forward, 1, 1}, {thread_order::reverse, 1, 1}, {thread_order::random, 7, 1},
          {thread_order::forward, 1, 2}, {thread_order::reverse, 1, 2}, {thread_order::random, 11, 2}};
}
inline const std::vector<settings> every_schedule = schedules();

inline std::string name_of(const settings& chosen) {
  constexpr std::array<const char*, 3> orders{"forward", "reverse", "random"};
  return std::string(orders[static_cast<std::size_t>(chosen.order)]) + "_on_" + std::to_string(chosen.workers);
}

/// Tests of a healthy device: each leaves no allocation and no diverged thread.
class device_test : public ::testing::Test {
 protected:
  void SetUp() override {
    reset_device();
    divergences_ = divergence_count();
  }
  void TearDown() override {
    reset_device();
    EXPECT_EQ(divergence_count(), divergences_ + divergences_expected_);
  }

  /// Uploads, runs `work(in, out)`, and returns the content of `out`.
  template <class Out, class In, class Work>
  std::vector<Out> through(const std::vector<In>& in, std::size_t out_count, Work&& work) {
    auto on = stream::make().value();
    auto from = device_buffer<In>::make(in.size()).value();
    auto to = device_buffer<Out>::make(out_count).value();
    EXPECT_TRUE(copy_to_device(from.view(), in, on));
    EXPECT_TRUE(fill_bytes(to.view(), 0, on));
    const status outcome = work(from.view(), to.view(), on);
    EXPECT_TRUE(outcome) << (outcome ? "" : outcome.error().message);
    std::vector<Out> out(out_count);
    EXPECT_TRUE(copy_to_host(std::span<Out>(out), to.view(), on));
    EXPECT_TRUE(on.synchronize());
    return out;
  }

  std::uint64_t divergences_ = 0;
  std::uint64_t divergences_expected_ = 0;
};

/// The same tests under each schedule.
class scheduled_test : public device_test, public ::testing::WithParamInterface<settings> {
  with_settings schedule_{GetParam()};
};

/// Fixed, well-mixed numbers.
inline std::uint64_t mixed(std::uint64_t at) {
  at += 0x9E3779B97F4A7C15u;
  at = (at ^ (at >> 30)) * 0xBF58476D1CE4E5B9u;
  at = (at ^ (at >> 27)) * 0x94D049BB133111EBu;
  return at ^ (at >> 31);
}

/// Runs this program's own test by name in a separate process; returns its output and exit status. For bugs that end a
/// process, or that a sanitizer reports.
inline std::string output_of(const std::string& test, int& exit_status) {
  const std::string command = "TSAN_OPTIONS=exitcode=66 $(readlink /proc/" + std::to_string(getpid()) +
                              "/exe) --gtest_also_run_disabled_tests --gtest_filter=" + test + " 2>&1";
  std::string text;
  FILE* const pipe = popen(command.c_str(), "r");
  std::array<char, 4096> part;
  while (const std::size_t got = fread(part.data(), 1, part.size(), pipe)) { text.append(part.data(), got); }
  exit_status = pclose(pipe);
  return text;
}

}  // namespace plimsoll::emulated
