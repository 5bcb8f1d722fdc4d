// What an interrupted replay leaves beside its output, so that it can go on: OUT.resume. No Arrow type stands here.
#pragma once

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

/// A hash of what a replay is made from: program version, every file of the book, `inputs`, and how they are read
/// (`--round`). Errors of code io.
[[nodiscard]] result<std::uint64_t> fingerprint_of(const std::filesystem::path& book_folder,
                                                   const std::vector<std::filesystem::path>& inputs,
                                                   std::string_view reading = {});

/// A replay read back.
struct stopped_replay {
  book at;
  replay_state state;
  replay_log log;
  std::vector<note> notes;  ///< What had been said by then.
};

/// A folder of checkpoints: the book and the state of the last one, and the log in parts, one a checkpoint. Its
/// manifest is replaced last and in one step, and holds a hash of every file: whatever happens meanwhile, it names a
/// whole tick.
class checkpoint_folder {
 public:
  /// The one of the output folder `out`: `out.resume`.
  explicit checkpoint_folder(const std::filesystem::path& out);
  /// What the replay is made from; before `save` and `read`.
  void set_fingerprint(std::uint64_t fingerprint) { fingerprint_ = fingerprint; }
  [[nodiscard]] bool has_fingerprint() const { return fingerprint_.has_value(); }

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] bool exists() const;

  /// Keeps a replay between two ticks, and what was said until then. Errors of code io; the checkpoint before then
  /// stays good.
  [[nodiscard]] status save(const replay& engine, const venue_files& venue, std::span<const note> notes);

  /// The last checkpoint. usage: it is of other inputs; bad_data: a file of it is damaged, and which.
  /// Its events go to a file in `events_folder`, unless that is empty.
  [[nodiscard]] result<stopped_replay> read(const std::filesystem::path& events_folder = {});

  [[nodiscard]] status remove();

 private:
  struct part {
    std::uint64_t events = 0, names = 0, ticks = 0, feasible = 0, held = 0;  ///< Rows so far, this part's included.
  };

  status write_manifest(std::int64_t tick, const std::string& now, std::span<const note> notes) const;
  void forget_all_but(const std::string& now) const;

  std::filesystem::path path_;
  std::optional<std::uint64_t> fingerprint_;
  std::vector<part> parts_;
  std::map<std::string, std::uint64_t> hashes_;  ///< By file, relative to the folder.
};

}  // namespace plimsoll
