// What `replay`, `compare` and `validate` share: the files of a path.
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

/// `--ticks` and `--updates`, each a file, or stdin (`-`) or another pipe, which is read here, once, into memory.
class tick_files {
 public:
  /// Of code usage: both are stdin. Of code io: a pipe cannot be read.
  [[nodiscard]] static result<tick_files> make(const invocation& call);

  /// Both in one sequence. bad_data: the places of both, or there is no tick at all. A file without a row, and updates
  /// of ticks that have no marks, are noted in `refusals`.
  [[nodiscard]] result<std::vector<tick_inputs>> load(const book& source, progress& bar, refusal_list& refusals) const;

  /// The files as refusals name them.
  [[nodiscard]] input_names names() const;

  /// Where to read them again: those that were given.
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
