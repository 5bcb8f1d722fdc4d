#include "host/cli/machine_facts.hpp"

#include <fstream>
#include <sstream>
#include <string_view>

#include <boost/version.hpp>
#include <fmt/format.h>
#include <hwy/highway.h>
#include <nlohmann/json.hpp>
#include <oneapi/tbb/version.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <toml++/toml.h>
#include <xxhash.h>

#include "host/io/arrow_version.hpp"

namespace plimsoll::cli {

namespace {

/// The value on the first line that begins with `key`, up to the end of the line; blank if there is none.
std::string line_value(const char* path, std::string_view key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.rfind(key, 0) != 0) { continue; }
    const std::size_t colon = line.find(':');
    const std::size_t begin = line.find_first_not_of(" \t", colon == std::string::npos ? 0 : colon + 1);
    return begin == std::string::npos ? std::string() : line.substr(begin);
  }
  return {};
}

std::uint64_t kibibytes(const char* key) {
  std::istringstream text(line_value("/proc/meminfo", key));
  std::uint64_t count = 0;
  text >> count;
  return count * 1024;
}

std::string lock_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_MEMLOCK, &limit) != 0) { return "not known"; }
  return limit.rlim_cur == RLIM_INFINITY ? "unlimited" : binary_size(limit.rlim_cur);
}

std::string triple(int major, int minor, int patch) { return fmt::format("{}.{}.{}", major, minor, patch); }

}  // namespace

std::string binary_size(std::uint64_t bytes) {
  constexpr double gibibyte = 1024.0 * 1024 * 1024;
  if (bytes >= std::uint64_t{1} << 30) { return fmt::format("{:.1f} GiB", static_cast<double>(bytes) / gibibyte); }
  if (bytes >= std::uint64_t{1} << 20) { return fmt::format("{} MiB", bytes >> 20); }
  return fmt::format("{} KiB", bytes >> 10);
}

machine_facts read_machine_facts() {
  machine_facts facts;
  facts.processor = line_value("/proc/cpuinfo", "model name");
  utsname system{};
  if (facts.processor.empty() && ::uname(&system) == 0) { facts.processor = system.machine; }
  cpu_set_t cores;
  if (::sched_getaffinity(0, sizeof cores, &cores) == 0) { facts.cores = static_cast<unsigned>(CPU_COUNT(&cores)); }
  facts.memory_total = kibibytes("MemTotal");
  facts.memory_free = kibibytes("MemAvailable");
  facts.memory_lock_limit = lock_limit();
  return facts;
}

std::vector<library_version> library_versions() {
  return {
      {"Arrow C++", io::arrow_version()},
      {"oneTBB", TBB_runtime_version()},
      {"Boost", triple(BOOST_VERSION / 100'000, BOOST_VERSION / 100 % 1'000, BOOST_VERSION % 100)},
      {"fmt", triple(FMT_VERSION / 10'000, FMT_VERSION / 100 % 100, FMT_VERSION % 100)},
      {"nlohmann-json", triple(NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR, NLOHMANN_JSON_VERSION_PATCH)},
      {"Highway", triple(HWY_MAJOR, HWY_MINOR, HWY_PATCH)},
      {"toml++", triple(TOML_LIB_MAJOR, TOML_LIB_MINOR, TOML_LIB_PATCH)},
      {"xxHash", triple(XXH_VERSION_MAJOR, XXH_VERSION_MINOR, XXH_VERSION_RELEASE)}};
}

}  // namespace plimsoll::cli
