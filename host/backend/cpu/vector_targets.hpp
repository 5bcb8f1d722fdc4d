// The instruction sets that the hot loops are compiled for, and the one in use. A source with such loops includes
// vector_build.hpp as well.
#pragma once

#include <string_view>
#include <vector>

namespace plimsoll {

/// The one in use: "avx512", "avx2", "neon", or "plain", which is what the compiler may assume of every processor. At
/// first the best that the processor has.
[[nodiscard]] std::string_view vector_target();

/// Those that this build has and the processor can run, best first.
[[nodiscard]] std::vector<std::string_view> vector_targets();

/// Uses this one from now on, in the whole process; "" the best. For tests and benches: results do not depend on it.
/// False: the build or the processor lacks it, and nothing has changed. No pass may be running.
[[nodiscard]] bool use_vector_target(std::string_view name);

}  // namespace plimsoll
