// Which library a program runs with. The headers' own version: PLIMSOLL_VERSION_MAJOR, _MINOR, _PATCH.
#pragma once

#include "plimsoll/config.hpp"
#include "plimsoll/version.h"

namespace plimsoll {

struct library_version {
  int major = 0;
  int minor = 0;
  int patch = 0;
  const char* text = "";   ///< "0.1.0"
  const char* arrow = "";  ///< Of the Arrow C++ that was loaded: "26.0.1".
  bool cuda = false;       ///< Built with the CUDA backend; whether a GPU is usable, `scanner::backend_reason` says.
};

/// Of the library that was linked. A program should compare it with the macros, and stop where it was built against the
/// headers of another version.
[[nodiscard]] library_version version();

}  // namespace plimsoll
