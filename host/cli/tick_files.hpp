// What `replay` and `compare` share: the files of a path.
#pragma once

#include <cstdint>
#include <vector>

#include "host/cli/arguments.hpp"
#include "host/cli/progress.hpp"
#include "host/replay/replay.hpp"
#include "host/replay/tick_inputs.hpp"

namespace plimsoll::cli {

/// `--ticks`, and `--updates` where it was given, in one sequence. bad_data: the places of both files.
[[nodiscard]] result<std::vector<tick_inputs>> load_tick_files(const invocation& call, const book& source,
                                                               progress& bar, refusal_list& refusals);

/// The newest time of a book's marks, or no_time.
[[nodiscard]] std::int64_t newest_time(const book& source);

/// The two files as refusals name them.
[[nodiscard]] input_names tick_file_names(const invocation& call);

}  // namespace plimsoll::cli
