// The page that a command writes for --report, completely or not at all.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "host/cli/arguments.hpp"
#include "host/cli/staged_output.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll::cli {

/// Target of a page, checked before the work starts.
class report_file {
 public:
  /// `out`: the folder of --out, blank if there is none; the page may be in it although it does not exist yet. Errors
  /// of code usage: a name that does not end in .html, a folder of that name, a parent that does not exist, or an
  /// existing file without `force`. Errors of code io: nothing can be written there.
  [[nodiscard]] static result<report_file> make(const std::filesystem::path& target, bool force,
                                                const std::filesystem::path& out);

  /// True if the page is in the folder of --out. Then the writer of that folder writes it, under `name`.
  [[nodiscard]] bool within_out() const { return within_out_; }
  [[nodiscard]] std::string name() const { return target_.filename().string(); }

  /// Writes a file beside the target and renames it. A signal waits until the page is complete or removed.
  [[nodiscard]] status write(std::string_view bytes) const;

 private:
  report_file(std::filesystem::path target, bool force, bool within_out)
      : target_(std::move(target)), force_(force), within_out_(within_out) {}
  [[nodiscard]] std::filesystem::path sibling() const;

  std::filesystem::path target_;
  bool force_;
  bool within_out_;
};

/// `--report` of a command; nothing if it was not given. Errors as report_file::make.
[[nodiscard]] result<std::optional<report_file>> report_in(const invocation& call);

/// Puts the folder of --out and the page in place: a page in that folder together with it, any other page after it.
/// Either may be absent.
[[nodiscard]] status commit_with_report(std::optional<staged_output>& out, const std::optional<report_file>& file,
                                        std::string_view html);

/// The outputs of a command in one line: "today: 7 tables, 412 MB; report.html". Blank if none was requested.
[[nodiscard]] std::string written_words(const invocation& call);

}  // namespace plimsoll::cli
