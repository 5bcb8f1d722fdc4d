// The only table of commands, operands and options. Parsing, --help, the man page and completions all use it.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace plimsoll::cli {

class invocation;
class session;

/// Type of an option's text, which is checked before a command runs.
enum class option_kind : std::uint8_t {
  flag,    ///< Present or not.
  text,    ///< Anything that is not empty.
  file,    ///< A path; completed as a file.
  folder,  ///< A path; completed as a folder.
  choice,  ///< One of `choices`.
  list,    ///< Some of `choices`, separated by commas.
  count,   ///< A whole number, optionally with the suffix k or M; within `least` and `most`.
  share,   ///< A decimal from 0 to 1, in whole millionths.
  change,  ///< A signed decimal, in whole millionths.
};

struct option_spec {
  std::string_view name;  ///< Without the dashes.
  option_kind kind = option_kind::flag;
  std::string_view argument = "";  ///< Name of its value in the help: "FORMAT".
  std::string_view fallback = "";  ///< Text of the default; blank: none.
  std::string_view choices = "";   ///< "csv|parquet|arrow".
  std::string_view help = "";
  char letter = 0;          ///< One-letter form, or 0.
  std::uint64_t least = 0;  ///< Of a count.
  std::uint64_t most = UINT64_MAX;
  std::string_view needs = "";  ///< "out|report": on the command line the option is refused if none of these is given.
};

struct operand_spec {
  std::string_view name;
  option_kind kind = option_kind::text;
  bool required = true;
  std::string_view help = "";
};

struct example_spec {
  std::string_view line;     ///< The command line.
  std::string_view purpose;  ///< Its effect, in one line.
};

struct command_spec {
  std::string_view name;
  std::string_view summary;      ///< One line.
  std::string_view description;  ///< Paragraphs, separated by blank lines.
  std::span<const operand_spec> operands;
  std::span<const option_spec> options;  ///< Options of this command; every command has the common ones, too.
  std::span<const example_spec> examples;
  int (*run)(const invocation&, session&) = nullptr;
};

/// All commands, in the order in which help lists them.
[[nodiscard]] std::span<const command_spec> commands();

/// The command of that name, or null.
[[nodiscard]] const command_spec* find_command(std::string_view name);

/// Options that every command has.
[[nodiscard]] std::span<const option_spec> common_options();

/// An option of a command, its own or a common one, or null.
[[nodiscard]] const option_spec* find_option(const command_spec& command, std::string_view name);

struct exit_code_spec {
  int code;
  std::string_view meaning;
};
[[nodiscard]] std::span<const exit_code_spec> exit_codes();

// The commands, one file each.
int run_scan(const invocation& call, session& io);
int run_replay(const invocation& call, session& io);
int run_compare(const invocation& call, session& io);
int run_stress(const invocation& call, session& io);
int run_explain(const invocation& call, session& io);
int run_init(const invocation& call, session& io);
int run_validate(const invocation& call, session& io);
int run_diff(const invocation& call, session& io);
int run_convert(const invocation& call, session& io);
int run_import(const invocation& call, session& io);
int run_generate(const invocation& call, session& io);
int run_bench(const invocation& call, session& io);  ///< Only if the benches are built in.
int run_doctor(const invocation& call, session& io);
int run_help(const invocation& call, session& io);
int run_completion(const invocation& call, session& io);

}  // namespace plimsoll::cli
