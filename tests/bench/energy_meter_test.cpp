// Joules from counters that are made up.
#include "bench/energy_meter.hpp"

#include <fstream>
#include <string>

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace plimsoll::bench {
namespace {

class fake_nvml {
 public:
  fake_nvml() : library_(::dlopen(PLIMSOLL_FAKE_NVML, RTLD_NOW | RTLD_LOCAL)) {}
  ~fake_nvml() { ::dlclose(library_); }
  [[nodiscard]] int open_count() const {
    return reinterpret_cast<int (*)()>(::dlsym(library_, "fake_nvml_open_count"))();
  }
  void break_it(bool now) { reinterpret_cast<void (*)(bool)>(::dlsym(library_, "fake_nvml_break"))(now); }

 private:
  void* library_;
};

TEST(nvml_meter, reads_the_devices_counter) {
  const fake_nvml fake;
  {
    const auto meter = make_nvml_meter("0000:01:00.0", PLIMSOLL_FAKE_NVML);
    ASSERT_NE(meter, nullptr);
    EXPECT_EQ(fake.open_count(), 1);
    const double first = meter->joules().value();
    EXPECT_DOUBLE_EQ(meter->joules().value() - first, 1.5);
  }
  EXPECT_EQ(fake.open_count(), 0);
}

TEST(nvml_meter, is_absent_where_there_is_nothing_to_read) {
  EXPECT_EQ(make_nvml_meter("0000:01:00.0", "no-such-library.so"), nullptr);
  EXPECT_EQ(make_nvml_meter("", PLIMSOLL_FAKE_NVML), nullptr);
  fake_nvml fake;
  EXPECT_EQ(make_nvml_meter("0000:02:00.0", PLIMSOLL_FAKE_NVML), nullptr) << "another device";
  fake.break_it(true);
  EXPECT_EQ(make_nvml_meter("0000:01:00.0", PLIMSOLL_FAKE_NVML), nullptr) << "a device without the counter";
  fake.break_it(false);
  EXPECT_EQ(fake.open_count(), 0) << "closed each time";
}

TEST(nvml_meter, says_when_the_counter_is_lost) {
  fake_nvml fake;
  const auto meter = make_nvml_meter("0000:01:00.0", PLIMSOLL_FAKE_NVML);
  fake.break_it(true);
  EXPECT_FALSE(meter->joules());
  fake.break_it(false);
}

class rapl_folder {
 public:
  rapl_folder() : path_(std::filesystem::temp_directory_path() / ("plimsoll-rapl-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(path_);
  }
  ~rapl_folder() { std::filesystem::remove_all(path_); }
  rapl_folder(const rapl_folder&) = delete;
  rapl_folder& operator=(const rapl_folder&) = delete;
  void set(const std::string& zone, std::uint64_t energy_uj) const {
    std::filesystem::create_directories(path_ / zone);
    std::ofstream(path_ / zone / "energy_uj") << energy_uj << '\n';
    std::ofstream(path_ / zone / "max_energy_range_uj") << 10'000'000 << '\n';
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

TEST(rapl_meter, sums_packages_once_and_across_the_end_of_a_range) {
  const rapl_folder folder;
  folder.set("intel-rapl:0", 9'000'000);
  folder.set("intel-rapl:1", 1'000'000);
  folder.set("intel-rapl:0:0", 5'000'000);
  const auto meter = make_rapl_meter(folder.path());
  ASSERT_NE(meter, nullptr);
  const double first = meter->joules().value();
  folder.set("intel-rapl:0", 500'000);  // 1.5 J on, past the end at 10 J.
  folder.set("intel-rapl:1", 1'250'000);
  folder.set("intel-rapl:0:0", 9'000'000);
  EXPECT_DOUBLE_EQ(meter->joules().value() - first, 1.75);
  std::filesystem::remove(folder.path() / "intel-rapl:1" / "energy_uj");
  EXPECT_FALSE(meter->joules());
}

TEST(rapl_meter, is_absent_where_there_is_nothing_to_read) {
  const rapl_folder folder;
  EXPECT_EQ(make_rapl_meter(folder.path()), nullptr);
  EXPECT_EQ(make_rapl_meter(folder.path() / "absent"), nullptr);
}

}  // namespace
}  // namespace plimsoll::bench
