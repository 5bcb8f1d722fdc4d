// Arrow streams as strangers make them: every type that a column may have, batches, slices, and what can be wrong with
// a stream without lying about memory, which nobody could find out.
#pragma once

#include <string>

#include "plimsoll/plimsoll.h"
#include "tests/fuzz/tape.hpp"

namespace plimsoll::fuzz {

/// Streams that were made and not yet released.
[[nodiscard]] int open_streams();

/// A table, given as CSV, as a stream that the tape chooses. `reenter` is asked to tick from within `get_next`, where
/// the tape says so: whoever reads the stream for that scanner must find it busy.
void feed(const std::string& csv, plimsoll_scanner reenter, tape& choices, ArrowArrayStream& out);

/// Reads a stream that came out to its end, releases it, and says how many rows it had. Aborts where it breaks the
/// rules of the interface.
std::uint64_t drain(ArrowArrayStream& stream);

}  // namespace plimsoll::fuzz
