// A folder that appears completely or not at all.
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "plimsoll/result.hpp"

namespace plimsoll {

/// Collects files in a temporary folder beside the target; `commit` renames it to the target. If it is destroyed
/// without a commit (after an error or an interruption), it leaves no files and does not touch an old target.
class output_folder {
 public:
  /// Errors of code usage: the target exists and is not empty and `force` is not set, or the target is not a folder.
  /// Missing parents are created. An unwritable parent is an error of code io.
  [[nodiscard]] static result<output_folder> make(const std::filesystem::path& target, bool force);

  output_folder(output_folder&& other) noexcept;
  output_folder& operator=(output_folder&&) = delete;
  ~output_folder();

  /// The folder to write into.
  [[nodiscard]] const std::filesystem::path& path() const { return staging_; }

  /// Writes a small file into it.
  [[nodiscard]] status write_text(std::string_view name, std::string_view bytes) const;

  /// Flushes all files to disk and moves the folder to the target. If the system can, it swaps an old target out in one
  /// step, so that a crash leaves either the old or the new one, and then removes the old one.
  [[nodiscard]] status commit();

 private:
  output_folder(std::filesystem::path target, std::filesystem::path staging, bool force)
      : target_(std::move(target)), staging_(std::move(staging)), force_(force) {}

  std::filesystem::path target_;
  std::filesystem::path staging_;               ///< Empty once committed or moved from.
  std::vector<std::filesystem::path> parents_;  ///< Parents that were created, the innermost first.
  bool force_ = false;
};

}  // namespace plimsoll
