// The page that a command writes for --report: whole or not at all.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "plimsoll/result.hpp"

namespace plimsoll::cli {

/// Where a page goes, looked at before the work starts.
class report_file {
 public:
  /// `out`: the folder of --out, blank where there is none; the page may lie in it although it is not there yet.
  /// Of code usage: a name that does not end in .html, a folder in the way, a parent that does not exist, a file that is
  /// there without `force`. Of code io: nothing can be written there.
  [[nodiscard]] static result<report_file> make(const std::filesystem::path& target, bool force,
                                                const std::filesystem::path& out);

  /// Does it lie in the folder of --out? Then that folder's writer writes it, under `name`.
  [[nodiscard]] bool within_out() const { return within_out_; }
  [[nodiscard]] std::string name() const { return target_.filename().string(); }

  /// Writes a sibling and renames it. A signal waits until it is there, or until nothing of it is left.
  [[nodiscard]] status write(std::string_view bytes) const;

 private:
  report_file(std::filesystem::path target, bool force, bool within_out)
      : target_(std::move(target)), force_(force), within_out_(within_out) {}
  [[nodiscard]] std::filesystem::path sibling() const;

  std::filesystem::path target_;
  bool force_;
  bool within_out_;
};

}  // namespace plimsoll::cli
