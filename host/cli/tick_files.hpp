// The files of a path, shared by `replay`, `compare` and `validate`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "host/cli/arguments.hpp"
#include "host/cli/progress.hpp"
#include "host/replay/replay.hpp"
#include "host/replay/tick_inputs.hpp"

namespace plimsoll::cli {

/// `--ticks` and `--updates`. Each is a file, or stdin (`-`) or another pipe, which is read once into memory here.
class tick_files {
 public:
  /// Errors: usage if both are stdin; io if a pipe cannot be read.
  [[nodiscard]] static result<tick_files> make(const invocation& call);

  /// Merges both into one sequence. bad_data: `refusals` lists the faults of both, or there is no tick at all. A file
  /// without a row, updates for ticks without marks, and accounts that only updates name are noted in `refusals`.
  /// `resumed`: `source` already has accounts from these updates, and the notes of the replay's start are kept.
  [[nodiscard]] result<std::vector<tick_inputs>> load(const book& source, progress& bar, refusal_list& refusals,
                                                      bool resumed = false) const;

  /// The files as refusals name them.
  [[nodiscard]] input_names names() const;

  /// Paths of the given files, to read them again.
  [[nodiscard]] std::vector<std::filesystem::path> paths() const;

 private:
  struct input {
    std::filesystem::path path;  ///< Blank: not given.
    std::string name;            ///< For messages.
  };
  static result<input> open(const invocation& call, const char* option);

  input ticks_;
  input updates_;
};

/// The newest time of a book's marks, or no_time.
[[nodiscard]] std::int64_t newest_time(const book& source);

}  // namespace plimsoll::cli
