// Reads a book folder into a book, or lists the places that break the format. No Arrow type is used here.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <optional>
#include <string_view>

#include "host/book/book.hpp"
#include "host/book/revision.hpp"
#include "host/text/refusal.hpp"
#include "host/text/rounding.hpp"
#include "plimsoll/book.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll {

struct load_options {
  /// Threads to use; 0: as many as the machine offers.
  int threads = 0;
  /// Called on the calling thread as each stage starts, with its name and the part of the work that is done (0 to 1).
  std::function<void(std::string_view stage, double fraction)> on_progress{};
  /// Rounding of numbers finer than their step; unset: the value of [import] round in venue.toml.
  std::optional<rounding> round{};
  /// Checked between stages; once it is true, the load ends with error_code::interrupted.
  const std::atomic<bool>* stop = nullptr;
};

/// The book in `folder`: venue.toml and each table as .csv, .parquet or .arrow (IPC file or stream).
///
/// If the format is broken, returns an error of code bad_data, and `refusals` holds every place: file, row (the header
/// is row 1), column, value, reason. Notes on allowed but noteworthy things (a column that is not read, a rate that was
/// rounded up) are added to it in any case. An error of code io names the file that could not be read, and the cause.
/// The result does not depend on threads, nor on the order of rows.
[[nodiscard]] result<book> load_book(const std::filesystem::path& folder, const load_options& options,
                                     refusal_list& refusals);

/// The same for a book in memory. Messages use the names of its tables as file names.
[[nodiscard]] result<book> load_book(const book_rows& rows, const load_options& options, refusal_list& refusals);

/// The parts of a book that change rarely.
struct loaded_reference {
  reference_data data;
  reference_places places;
};

/// The venue, assets, instruments and tiers of the book in `folder`; its other tables are not opened. Errors and
/// refusals as `load_book`. An asset whose step is blank gets the step that it has in `current`, if it is there. The
/// price source of an asset is not determined here (`find_change` does it).
[[nodiscard]] result<loaded_reference> load_reference(const std::filesystem::path& folder,
                                                      const reference_data& current, const load_options& options,
                                                      refusal_list& refusals);

}  // namespace plimsoll
