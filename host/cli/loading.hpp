// Loading a book for a command: progress, refusals, notes.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/book/book.hpp"
#include "host/cli/arguments.hpp"
#include "host/cli/progress.hpp"
#include "host/cli/session.hpp"
#include "host/text/note.hpp"
#include "host/text/rounding.hpp"

namespace plimsoll::cli {

/// A book, or the exit code of its failure, which has been reported already.
struct loaded_book {
  std::optional<book> source;
  int code = exit_code::done;
  double seconds = 0;
};
[[nodiscard]] loaded_book load_for(const invocation& call, session& io, progress& bar);

/// The file that an option names; an error of code usage if it does not exist, as for a book or a rulebook.
[[nodiscard]] result<std::filesystem::path> file_named(const invocation& call, std::string_view option);

/// `--threads`; 0 if it was not given.
[[nodiscard]] int threads_of(const invocation& call);

/// `--round`; nothing if it was not given.
[[nodiscard]] std::optional<rounding> rounding_in(const invocation& call);

/// `--as-of` in UTC nanoseconds; nothing if it was not given; an error of code usage if it is not a time.
[[nodiscard]] result<std::optional<std::int64_t>> as_of_in(const invocation& call);

/// A note if --as-of was given and has no effect; nothing otherwise.
[[nodiscard]] std::vector<note> idle_as_of(const invocation& call, const book& source);

}  // namespace plimsoll::cli
