// Device backends that differ only in how fast they launch, for benches that compare them on a device. Definitions are
// in kernels/backend_cuda.cu.
#pragma once

#include <memory>

#include "host/backend/backend.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll {

/// How a device backend launches. Results do not depend on it.
struct device_tuning {
  int tile_blocks = 0;           ///< Most blocks a multiprocessor for passes over tiles; 0: as many as fit.
  int row_blocks = 0;            ///< The same for passes over rows.
  int row_lanes = 8;             ///< Lanes that read a short row of a screen together: 4 or 8.
  bool tables_in_shared = true;  ///< Tables of a tick are copied to shared memory if they fit.
  bool scores_by_unit = true;    ///< Tiles of entries are scored in the order of their units; else side by side.
};

/// As make_cuda_backend and make_emulated_backend.
[[nodiscard]] result<std::unique_ptr<backend>> make_tuned_cuda_backend(const device_tuning& tuned);
[[nodiscard]] result<std::unique_ptr<backend>> make_tuned_emulated_backend(const device_tuning& tuned);

}  // namespace plimsoll
