// Joules that a device or the processors have drawn, if the machine meters them.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace plimsoll::bench {

/// A counter of energy. Idle power counts too: it meters the whole device.
class energy_meter {
 public:
  virtual ~energy_meter() = default;
  energy_meter() = default;
  energy_meter(const energy_meter&) = delete;
  energy_meter& operator=(const energy_meter&) = delete;

  /// Joules since some moment in the past, the same for every call; nothing if the counter cannot be read.
  [[nodiscard]] virtual std::optional<double> joules() = 0;
};

/// Of a GPU, from NVIDIA's management library: steps of a few tens of milliseconds. `bus_id` as CUDA names the device.
/// Null if there is no such library, device or counter.
[[nodiscard]] std::unique_ptr<energy_meter> make_nvml_meter(const std::string& bus_id,
                                                            const char* library = "libnvidia-ml.so.1");

/// Of all processor packages, from the kernel's power capping files; null if they are absent or not readable.
[[nodiscard]] std::unique_ptr<energy_meter> make_rapl_meter(const std::filesystem::path& root = "/sys/class/powercap");

/// The PCI bus id of the device that CUDA computes on; blank without one.
[[nodiscard]] std::string device_bus_id();

}  // namespace plimsoll::bench
