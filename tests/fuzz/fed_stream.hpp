// Arrow streams of other producers: every type that a column may have, batches, slices, and every fault of a stream
// except false lengths of memory, which no reader can detect.
#pragma once

#include <string>

#include "plimsoll/plimsoll.h"
#include "tests/fuzz/tape.hpp"

namespace plimsoll::fuzz {

/// Streams that were made and not yet released.
[[nodiscard]] int open_streams();

/// A table, given as CSV, as a stream that the tape chooses. `reenter` ticks from within `get_next` if the tape chooses
/// it, and the reader of the stream must find that scanner busy.
void feed(const std::string& csv, plimsoll_scanner reenter, tape& choices, ArrowArrayStream& out);

/// Reads a returned stream to its end, releases it, and returns its number of rows. Aborts if it breaks the rules of
/// the interface.
std::uint64_t drain(ArrowArrayStream& stream);

}  // namespace plimsoll::fuzz
