// The output of a command: data on stdout, everything else on stderr.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/cli/terminal.hpp"
#include "host/text/refusal.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll::cli {

/// Exit codes; docs/design.md section 8.
namespace exit_code {
inline constexpr int done = 0;
inline constexpr int failed = 1;
inline constexpr int usage = 2;
inline constexpr int bad_data = 3;
inline constexpr int no_device = 4;
inline constexpr int found = 10;  ///< A condition of --fail-on was found.
inline constexpr int interrupted = 130;
}  // namespace exit_code

/// The exit code of an error of this kind.
[[nodiscard]] int exit_code_of(error_code code);

/// The streams of one run of the program.
class session {
 public:
  explicit session(bool quiet) : quiet_(quiet) {}

  [[nodiscard]] const terminal& out() const { return out_; }
  [[nodiscard]] const terminal& err() const { return err_; }
  [[nodiscard]] bool quiet() const { return quiet_; }

  /// Data, to stdout as it is.
  void print(std::string_view text);
  /// A line on stderr, unless `--quiet`.
  void note(std::string_view line);
  /// A line on stderr, always.
  void warn(std::string_view line);
  /// Prints an error and returns its exit code.
  int fail(const error& cause);
  /// Lists the faults of a book; returns exit_code::bad_data.
  int refuse(std::string_view book, const refusal_list& refusals);
  /// Adds notes on the inputs and the run: each is printed once on stderr, unless `--quiet`, and stored for the
  /// summary.
  void add_notes(std::span<const plimsoll::note> notes);
  /// Adds notes that the result must be read with; they come before all others.
  void lead_with(std::span<const plimsoll::note> notes);
  [[nodiscard]] const std::vector<plimsoll::note>& notes() const { return notes_; }
  /// False if anything meant for stdout could not be written: a closed pipe, a full disk.
  [[nodiscard]] bool flush();
  /// True if that was because the reader of stdout closed the pipe, as `head` does.
  [[nodiscard]] bool reader_left() const { return reader_left_; }

 private:
  void note_failure();

  terminal out_{stdout};
  terminal err_{stderr};
  bool quiet_;
  std::vector<plimsoll::note> notes_;
  bool out_failed_ = false;
  bool reader_left_ = false;
};

}  // namespace plimsoll::cli
