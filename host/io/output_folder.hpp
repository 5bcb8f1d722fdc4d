// A folder that appears whole or not at all.
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "plimsoll/result.hpp"

namespace plimsoll {

/// Collects files in a temporary sibling of the target; `commit` puts it in the target's place by renaming. Destroyed
/// without a commit (an error, an interruption) it leaves nothing behind, and an old target untouched.
class output_folder {
 public:
  /// A target that is there and not empty needs `force`, else the error is of code usage; so it is where the target is
  /// no folder. Parents that are not there are made. An unwritable
  /// parent is an error of code io.
  [[nodiscard]] static result<output_folder> make(const std::filesystem::path& target, bool force);

  output_folder(output_folder&& other) noexcept;
  output_folder& operator=(output_folder&&) = delete;
  ~output_folder();

  /// Where to write.
  [[nodiscard]] const std::filesystem::path& path() const { return staging_; }

  /// Writes a small file into it.
  [[nodiscard]] status write_text(std::string_view name, std::string_view bytes) const;

  /// Brings all of it to the disk and puts it in the target's place. An old target is swapped out in one step where the
  /// system can, so that a crash leaves one or the other, and then removed.
  [[nodiscard]] status commit();

 private:
  output_folder(std::filesystem::path target, std::filesystem::path staging, bool force)
      : target_(std::move(target)), staging_(std::move(staging)), force_(force) {}

  std::filesystem::path target_;
  std::filesystem::path staging_;               ///< Empty once committed or moved from.
  std::vector<std::filesystem::path> parents_;  ///< Made for it, the innermost first.
  bool force_ = false;
};

}  // namespace plimsoll
