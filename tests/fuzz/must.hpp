// What a fuzzed case must hold: where it does not, the process ends and says so.
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
