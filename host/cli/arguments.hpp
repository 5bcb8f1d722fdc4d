// A command line, checked against the table: every given option is well-formed and within its range.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/cli/command_table.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll::cli {

/// Option texts by name.
using option_texts = std::map<std::string, std::string, std::less<>>;

/// One call of a command. Looking up a name that the command's table lacks is a defect and asserts.
class invocation {
 public:
  invocation(const command_spec& command, option_texts options, std::vector<std::string> operands)
      : command_(&command), options_(std::move(options)), operands_(std::move(operands)) {}

  [[nodiscard]] const command_spec& command() const { return *command_; }
  /// True if the option was given, on the command line or in the configuration.
  [[nodiscard]] bool given(std::string_view option) const;
  [[nodiscard]] bool flag(std::string_view option) const { return given(option); }
  /// Its text, or that of its default; blank if there is neither.
  [[nodiscard]] std::string text(std::string_view option) const;
  /// The items of a list; none if it was not given.
  [[nodiscard]] std::vector<std::string> items(std::string_view option) const;
  [[nodiscard]] std::uint64_t count(std::string_view option) const;
  /// A share or change in millionths.
  [[nodiscard]] std::int64_t millionths(std::string_view option) const;
  /// An operand; blank if an optional one was omitted.
  [[nodiscard]] std::string operand(std::size_t place) const {
    return place < operands_.size() ? operands_[place] : std::string();
  }

 private:
  const command_spec* command_;
  option_texts options_;
  std::vector<std::string> operands_;
};

/// Reads the arguments after the command's name. `defaults`: the values of a configuration file for this command.
/// With `--help` nothing else is checked. Errors are of code usage.
[[nodiscard]] result<invocation> parse_arguments(const command_spec& command, std::span<const std::string> arguments,
                                                 const option_texts& defaults = {});

/// The fault of an option's text, as the end of a sentence; blank if there is none.
[[nodiscard]] std::string fault_of(const option_spec& option, std::string_view text);

/// A count with its suffix, "10M"; nothing if the text is not a count.
struct parsed_count {
  bool ok = false;
  std::uint64_t value = 0;
};
[[nodiscard]] parsed_count parse_count(std::string_view text);

/// The value of `--config` among raw arguments, before anything is parsed; blank if there is none.
[[nodiscard]] std::string config_path_in(std::span<const std::string> arguments);

}  // namespace plimsoll::cli
