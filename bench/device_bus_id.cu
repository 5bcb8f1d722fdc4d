#include <cuda_runtime.h>

#include "bench/energy_meter.hpp"

namespace plimsoll::bench {

std::string device_bus_id() {
  int device = 0;
  char id[32] = {};
  if (cudaGetDevice(&device) != cudaSuccess || cudaDeviceGetPCIBusId(id, sizeof id, device) != cudaSuccess) {
    (void)cudaGetLastError();
    return {};
  }
  return id;
}

}  // namespace plimsoll::bench
