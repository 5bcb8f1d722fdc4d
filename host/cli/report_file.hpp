// The page that a command writes for --report: whole or not at all.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "host/cli/arguments.hpp"
#include "host/cli/staged_output.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll::cli {

/// Where a page goes, looked at before the work starts.
class report_file {
 public:
  /// `out`: the folder of --out, blank where there is none; the page may lie in it although it is not there yet.
  /// Of code usage: a name that does not end in .html, a folder in the way, a parent that does not exist, a file that
  /// is there without `force`. Of code io: nothing can be written there.
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

/// `--report` of a command, nothing where it was not given. Errors as report_file::make.
[[nodiscard]] result<std::optional<report_file>> report_in(const invocation& call);

/// Puts the folder of --out in place and the page where it goes: in that folder, with it; else after it. Either may be
/// absent.
[[nodiscard]] status commit_with_report(std::optional<staged_output>& out, const std::optional<report_file>& file,
                                        std::string_view html);

/// What a command has written, in a line: "today: 7 tables, 412 MB; report.html". Blank where it was asked for nothing.
[[nodiscard]] std::string written_words(const invocation& call);

}  // namespace plimsoll::cli
