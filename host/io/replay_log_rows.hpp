// Converts the rows of a replay's log to tables of plain columns and back. For checkpoints, not for people. Inside
// host/io only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "host/replay/replay.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll::io {

/// Writes the rows [begin, end) of one table of a log, as Arrow: "events", "ticks", "feasible", "held", "markets",
/// "deleveraged" or "names".
[[nodiscard]] status write_log_rows(const replay_log& log, std::string_view table, std::uint64_t begin,
                                    std::uint64_t end, const std::filesystem::path& folder);

/// Appends the rows of such a file to the log. bad_data if it is not such a file.
[[nodiscard]] status read_log_rows(const std::filesystem::path& folder, std::string_view table, replay_log& log);

}  // namespace plimsoll::io
