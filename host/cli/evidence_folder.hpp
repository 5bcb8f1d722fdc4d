// Evidence that a replay writes after a broken invariant.
#pragma once

#include <filesystem>

#include "host/io/write_book.hpp"
#include "host/replay/replay.hpp"

namespace plimsoll::cli {

/// Writes OUT.evidence (OUT.evidence.2 and so on if that exists): `evidence.json`, `plan` with the legs of the
/// refused plan, `events` of the tick up to it, and `book/`, the book at the tick's start in the input format. Returns
/// its path.
[[nodiscard]] result<std::filesystem::path> write_evidence(const replay& engine, const std::filesystem::path& out,
                                                           const venue_files& venue, table_format format);

}  // namespace plimsoll::cli
