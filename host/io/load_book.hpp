// A book folder into a book, or the places that break the format. No Arrow type stands here.
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
  /// Threads to use; 0: as many as the machine gives.
  int threads = 0;
  /// Called from the calling thread as each stage starts: its name, and the part of the work that is done (0 to 1).
  std::function<void(std::string_view stage, double fraction)> on_progress{};
  /// Of numbers finer than their step; unset: as [import] round in venue.toml says.
  std::optional<rounding> round{};
  /// Looked at between stages; once true the load ends with error_code::interrupted.
  const std::atomic<bool>* stop = nullptr;
};

/// The book in `folder`: venue.toml and each table as .csv, .parquet or .arrow (IPC file or stream).
///
/// Where the format is broken an error of code bad_data comes back and `refusals` holds every place: file, row (the
/// header is row 1), column, value, reason. What is not wrong but worth saying (a column that is not read, a rate
/// rounded up) is noted there in any case. An error of code io names the file that could not be read, and why.
/// The result does not depend on threads, nor on the order of rows.
[[nodiscard]] result<book> load_book(const std::filesystem::path& folder, const load_options& options,
                                     refusal_list& refusals);

/// The same of a book in memory: its files are called by the names of its tables.
[[nodiscard]] result<book> load_book(const book_rows& rows, const load_options& options, refusal_list& refusals);

/// What changes rarely in a book.
struct loaded_reference {
  reference_data data;
  reference_places places;
};

/// The venue, assets, instruments and tiers of the book in `folder`; its other tables are not opened. Errors and
/// refusals as `load_book`. An asset whose step is blank has that of `standing`, where it stands there. What prices an
/// asset is left open (`find_change`).
[[nodiscard]] result<loaded_reference> load_reference(const std::filesystem::path& folder,
                                                      const reference_data& current, const load_options& options,
                                                      refusal_list& refusals);

}  // namespace plimsoll
