// Reads the inputs beside a book: marks tick by tick, updates, betas. No Arrow type is used here.
#pragma once

#include <filesystem>
#include <vector>

#include "host/book/book.hpp"
#include "host/compare/shock.hpp"
#include "host/replay/replay.hpp"
#include "host/text/refusal.hpp"
#include "host/updates/update.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll {

/// Reads `ticks`: rows in file order, ticks rising; names and steps are those of `source`. bad_data: the refusals name
/// the places.
[[nodiscard]] result<std::vector<tick_marks>> load_ticks(const std::filesystem::path& path, const book& source,
                                                         refusal_list& refusals);

/// Reads `updates`, in file order, ticks not falling. Refuses a cell that a kind needs and lacks, or has and may not
/// have.
[[nodiscard]] result<std::vector<update>> load_updates(const std::filesystem::path& path, const book& source,
                                                       refusal_list& refusals);

/// Reads `betas`: the factor by which a plain shock moves an instrument's mark, at most six decimals, each instrument
/// once.
[[nodiscard]] result<beta_list> load_betas(const std::filesystem::path& path, const book& source,
                                           refusal_list& refusals);

}  // namespace plimsoll
