// The size from which one backend beats another, stage by stage.
#pragma once

#include <span>
#include <string>

#include "bench/bench.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll::bench {

/// A Markdown table: one row per stage, one column per size, each cell how many times faster B is than A; and the size
/// from which B wins. Venues differ in size alone (instruments, shape and seed are one group), backends may differ.
/// Errors of code bad_data: nothing in common; invariant_broken: digests differ, so that the two did not do the same
/// work.
[[nodiscard]] result<std::string> crossover_text(std::span<const record> a, std::span<const record> b);

}  // namespace plimsoll::bench
