// Facts of the machine and of the libraries in use.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace plimsoll::cli {

struct machine_facts {
  std::string processor;           ///< "AMD EPYC 9654", or the architecture's name.
  unsigned cores = 0;              ///< Cores on which this process may run.
  std::uint64_t memory_total = 0;  ///< Bytes.
  std::uint64_t memory_free = 0;   ///< Bytes that are available without swapping.
  std::string memory_lock_limit;   ///< Of this process: "8 MiB", "unlimited".
};
[[nodiscard]] machine_facts read_machine_facts();

/// Name and version of each linked library.
struct library_version {
  std::string name;
  std::string version;
};
[[nodiscard]] std::vector<library_version> library_versions();

/// "139.8 GiB", "512 MiB".
[[nodiscard]] std::string binary_size(std::uint64_t bytes);

}  // namespace plimsoll::cli
