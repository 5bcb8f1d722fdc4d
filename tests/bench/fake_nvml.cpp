// Replaces NVIDIA's management library: one device, whose counter rises by 1.5 J per call, and which can be made to
// fail.
#include <cstring>

namespace {
int open_count = 0;
unsigned long long millijoules = 1000;
bool broken = false;
}  // namespace

extern "C" {
int nvmlInit_v2() { return ++open_count, 0; }
int nvmlShutdown() { return --open_count, 0; }
int nvmlDeviceGetHandleByPciBusId_v2(const char* bus_id, void** device) {
  *device = &millijoules;
  return std::strcmp(bus_id, "0000:01:00.0") == 0 ? 0 : 6;
}
int nvmlDeviceGetTotalEnergyConsumption(void* device, unsigned long long* out) {
  if (broken || device != &millijoules) { return 3; }
  *out = millijoules += 1500;
  return 0;
}
int fake_nvml_open_count() { return open_count; }
void fake_nvml_break(bool now) { broken = now; }
}
