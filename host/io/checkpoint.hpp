// Files of an interrupted replay beside its output, from which it can continue: OUT.resume. No Arrow type is used here.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/io/write_book.hpp"
#include "host/replay/replay.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll {

/// A hash of the inputs of a replay: program version, every file of the book, `inputs`, and how they are read
/// (`--round`). Errors of code io.
[[nodiscard]] result<std::uint64_t> fingerprint_of(const std::filesystem::path& book_folder,
                                                   const std::vector<std::filesystem::path>& inputs,
                                                   std::string_view reading = {});

/// A replay that was read from a checkpoint.
struct stopped_replay {
  book at;
  replay_state state;
  replay_log log;
  std::vector<note> notes;  ///< Notes up to then.
};

/// A folder of checkpoints: the book and the state of the last one, and the log in parts, one per checkpoint. The
/// manifest holds a hash of every file and is replaced last, in one step, so it names a complete tick whatever happens
/// in between.
class checkpoint_folder {
 public:
  /// The folder of checkpoints of the output folder `out`: `out.resume`.
  explicit checkpoint_folder(const std::filesystem::path& out);
  /// Sets the inputs of the replay; call it before `save` and `read`.
  void set_fingerprint(std::uint64_t fingerprint) { fingerprint_ = fingerprint; }
  [[nodiscard]] bool has_fingerprint() const { return fingerprint_.has_value(); }

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] bool exists() const;

  /// Saves a replay between two ticks, with the notes up to then. Errors of code io; the previous checkpoint then stays
  /// valid.
  [[nodiscard]] status save(const replay& engine, const venue_files& venue, std::span<const note> notes);

  /// Reads the last checkpoint. usage: it belongs to other inputs; bad_data: a file of it is damaged, and the error
  /// names the file. The events go to a file in `events_folder`, unless that is empty.
  [[nodiscard]] result<stopped_replay> read(const std::filesystem::path& events_folder = {});

  [[nodiscard]] status remove();

 private:
  using part = std::array<std::uint64_t, 7>;  ///< Rows of each table of the log so far, including this part.

  status write_manifest(std::int64_t tick, const std::string& now, std::span<const note> notes) const;
  void forget_all_but(const std::string& now) const;

  std::filesystem::path path_;
  std::optional<std::uint64_t> fingerprint_;
  std::vector<part> parts_;
  std::map<std::string, std::uint64_t> hashes_;  ///< By file, relative to the folder.
};

}  // namespace plimsoll
