// Option defaults from a TOML file: `--config FILE`.
#pragma once

#include <string_view>

#include "host/cli/arguments.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll::cli {

/// Defaults that the text of a file called `file` gives to `command`.
///
/// Keys at the top apply to every command that has such an option; keys under `[command]` apply to one command and win
/// over the former. A flag is `true` or `false`. A key that is not an option, a wrong type or a value outside its range
/// is an error of code usage that names the line.
[[nodiscard]] result<option_texts> read_config(std::string_view text, std::string_view file,
                                               const command_spec& command);

}  // namespace plimsoll::cli
