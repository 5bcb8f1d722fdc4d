// The library that a program runs with. The version of the headers is PLIMSOLL_VERSION_MAJOR, _MINOR, _PATCH.
#pragma once

#include "plimsoll/config.hpp"
#include "plimsoll/version.h"

namespace plimsoll {

struct library_version {
  int major = 0;
  int minor = 0;
  int patch = 0;
  const char* text = "";   ///< "0.1.0"
  const char* arrow = "";  ///< The version of the Arrow C++ that was loaded: "26.0.1".
  bool cuda = false;       ///< Built with the CUDA backend. `scanner::backend_reason` tells whether a GPU is usable.
};

/// Returns the version of the linked library. A program should compare it with the macros, and stop if it was built
/// against headers of another version.
[[nodiscard]] library_version version();

}  // namespace plimsoll
