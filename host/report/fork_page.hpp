// Shared parts of the pages of `compare` and `stress`.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "host/compare/fork.hpp"
#include "host/report/page/page.hpp"

namespace plimsoll {

/// Index in `fork_outcome::assets` of the asset whose money the charts show: the venue's own if any fork had losses or
/// ADL in it, else the asset in which most forks had some.
[[nodiscard]] std::size_t main_place(const reference_data& reference, const std::vector<const fork_outcome*>& forks);

/// The main index first, then those of the other assets with losses or ADL in a fork, those with the most forks first;
/// at most `places_max`.
[[nodiscard]] std::vector<std::size_t> shown_places(const reference_data& reference,
                                                    const std::vector<const fork_outcome*>& forks,
                                                    std::size_t places_max);

/// Replaces the charts if there is no contract.
[[nodiscard]] page_section section_without_contracts();

[[nodiscard]] page_facts fork_run_facts(const page_json& run);

/// The rows of a table whose `asset` is this one, at most `rows_max`; the caption says so.
[[nodiscard]] page_table rows_of_asset(const table_source& source, const std::string& asset_name, std::size_t rows_max);

}  // namespace plimsoll
