// Help as text, the manual page as roff, completions as shell scripts: all from the command table.
#pragma once

#include <string>
#include <string_view>

#include "host/cli/command_table.hpp"
#include "host/cli/terminal.hpp"

namespace plimsoll::cli {

/// `plimsoll --help`.
[[nodiscard]] std::string program_help(const terminal& screen);

/// `plimsoll COMMAND --help`.
[[nodiscard]] std::string command_help(const command_spec& command, const terminal& screen);

/// "plimsoll scan BOOK [options]".
[[nodiscard]] std::string synopsis(const command_spec& command);

/// "--format csv|parquet|arrow", "--threads N", "--force".
[[nodiscard]] std::string option_usage(const option_spec& option);

/// Text as roff: backslashes and dashes escaped, no line begins with a control character.
[[nodiscard]] std::string roff_text(std::string_view text);

/// The manual page of the whole program.
[[nodiscard]] std::string man_page();

/// The completion script of "bash", "zsh" or "fish"; blank for another shell.
[[nodiscard]] std::string completion_script(std::string_view shell);

}  // namespace plimsoll::cli
