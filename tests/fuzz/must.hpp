// A condition of a fuzzed case: if it is false, the process ends with a message.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace plimsoll::fuzz {

inline void must(bool holds, const char* what) {
  if (holds) { return; }
  std::fprintf(stderr, "fuzz: %s\n", what);
  std::abort();
}

}  // namespace plimsoll::fuzz
