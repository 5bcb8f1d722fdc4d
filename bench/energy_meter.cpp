#include "bench/energy_meter.hpp"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <utility>
#include <vector>

#include <dlfcn.h>

namespace plimsoll::bench {
namespace {

/// The needed part of NVML, by its C interface; 0 is success.
struct nvml_calls {
  int (*init)();
  int (*shutdown)();
  int (*device_by_bus_id)(const char*, void**);
  int (*total_energy)(void*, unsigned long long*);
};

struct library_closer {
  void operator()(void* library) const { ::dlclose(library); }
};
using library_handle = std::unique_ptr<void, library_closer>;

template <class Call>
bool find_call(void* library, const char* name, Call& call) {
  call = reinterpret_cast<Call>(::dlsym(library, name));
  return call != nullptr;
}

class nvml_meter final : public energy_meter {
 public:
  nvml_meter(library_handle library, nvml_calls calls, void* device)
      : library_(std::move(library)), calls_(calls), device_(device) {}
  ~nvml_meter() override { calls_.shutdown(); }

  std::optional<double> joules() override {
    unsigned long long millijoules = 0;
    if (calls_.total_energy(device_, &millijoules) != 0) { return std::nullopt; }
    return static_cast<double>(millijoules) * 1e-3;
  }

 private:
  library_handle library_;
  nvml_calls calls_;
  void* device_;
};

std::optional<std::uint64_t> number_in(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::uint64_t number = 0;
  if (file >> number) { return number; }
  return std::nullopt;
}

/// One package's counter, which starts again at its range's end.
struct rapl_zone {
  std::filesystem::path energy;
  std::uint64_t range = 0;
  std::uint64_t last = 0;
  std::uint64_t sum = 0;
};

class rapl_meter final : public energy_meter {
 public:
  explicit rapl_meter(std::vector<rapl_zone> zones) : zones_(std::move(zones)) {}

  std::optional<double> joules() override {
    std::uint64_t microjoules = 0;
    for (rapl_zone& zone : zones_) {
      const auto now = number_in(zone.energy);
      if (!now) { return std::nullopt; }
      zone.sum += *now >= zone.last ? *now - zone.last : zone.range - zone.last + *now;
      zone.last = *now;
      microjoules += zone.sum;
    }
    return static_cast<double>(microjoules) * 1e-6;
  }

 private:
  std::vector<rapl_zone> zones_;
};

}  // namespace

std::unique_ptr<energy_meter> make_nvml_meter(const std::string& bus_id, const char* library_name) {
  if (bus_id.empty()) { return nullptr; }
  library_handle library(::dlopen(library_name, RTLD_NOW | RTLD_LOCAL));
  nvml_calls calls{};
  if (!library || !find_call(library.get(), "nvmlInit_v2", calls.init) ||
      !find_call(library.get(), "nvmlShutdown", calls.shutdown) ||
      !find_call(library.get(), "nvmlDeviceGetHandleByPciBusId_v2", calls.device_by_bus_id) ||
      !find_call(library.get(), "nvmlDeviceGetTotalEnergyConsumption", calls.total_energy) || calls.init() != 0) {
    return nullptr;
  }
  void* device = nullptr;
  unsigned long long millijoules = 0;
  if (calls.device_by_bus_id(bus_id.c_str(), &device) != 0 || calls.total_energy(device, &millijoules) != 0) {
    calls.shutdown();
    return nullptr;
  }
  return std::make_unique<nvml_meter>(std::move(library), calls, device);
}

std::unique_ptr<energy_meter> make_rapl_meter(const std::filesystem::path& root) {
  std::vector<rapl_zone> zones;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(root, ignored)) {
    // Packages are "intel-rapl:0"; a part of one, "intel-rapl:0:1", is counted in it.
    const std::string name = entry.path().filename().string();
    if (name.rfind("intel-rapl:", 0) != 0 || std::count(name.begin(), name.end(), ':') != 1) { continue; }
    const auto energy = number_in(entry.path() / "energy_uj");
    const auto range = number_in(entry.path() / "max_energy_range_uj");
    if (!energy || !range) { return nullptr; }
    zones.push_back({entry.path() / "energy_uj", *range, *energy, 0});
  }
  if (zones.empty()) { return nullptr; }
  return std::make_unique<rapl_meter>(std::move(zones));
}

#if !defined(PLIMSOLL_WITH_CUDA)
std::string device_bus_id() { return {}; }
#endif

}  // namespace plimsoll::bench
