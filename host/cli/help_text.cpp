#include "host/cli/help_text.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "plimsoll/config.hpp"

namespace plimsoll::cli {

namespace {

constexpr int explanation_column = 26;  // The column at which explanations begin.

std::string heading(const terminal& screen, std::string_view text) {
  return "\n" + screen.paint(accent::strong, text) + "\n";
}

/// A term on the left and its explanation on the right, or below if the term is long.
std::string entry(std::string_view term, std::string_view text, int width) {
  std::string out = fmt::format("  {}", term);
  if (out.size() + 2 > static_cast<std::size_t>(explanation_column)) {
    out += "\n" + std::string(static_cast<std::size_t>(explanation_column), ' ');
  } else {
    out.append(static_cast<std::size_t>(explanation_column) - out.size(), ' ');
  }
  return out + wrap(text, explanation_column, width) + "\n";
}

std::string option_entry(const option_spec& option, int width) {
  const std::string term =
      option.letter != 0 ? fmt::format("-{}, {}", option.letter, option_usage(option)) : "    " + option_usage(option);
  std::string text(option.help);
  if (!option.fallback.empty()) { text += fmt::format(" Default: {}.", option.fallback); }
  return entry(term, text, width);
}

std::string paragraphs(std::string_view text, int width) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find("\n\n", at), text.size());
    out += (at == 0 ? "" : "\n") + wrap(text.substr(at, end - at), 0, width) + "\n";
    at = end + 2;
  }
  return out;
}

std::string exit_code_list(int width) {
  std::string out;
  for (const exit_code_spec& code : exit_codes()) { out += entry(fmt::format("{}", code.code), code.meaning, width); }
  return out;
}

}  // namespace

std::string option_usage(const option_spec& option) {
  if (option.kind == option_kind::flag) { return fmt::format("--{}", option.name); }
  return fmt::format("--{} {}", option.name, option.choices.empty() ? option.argument : option.choices);
}

std::string synopsis(const command_spec& command) {
  std::string out = fmt::format("plimsoll {}", command.name);
  for (const operand_spec& operand : command.operands) {
    out += operand.required ? fmt::format(" {}", operand.name) : fmt::format(" [{}]", operand.name);
  }
  return command.options.empty() ? out : out + " [options]";
}

std::string program_help(const terminal& screen) {
  const int width = screen.width();
  std::string out =
      "Plimsoll scans the whole book of a derivatives venue. It finds the accounts below margin, the bankrupt ones, "
      "and\n"
      "the winners that would take over their positions, in order. It is exact, on a GPU or on the CPU.\n";
  out += heading(screen, "Usage") + "  plimsoll COMMAND [operands] [options]\n";
  out += heading(screen, "Commands");
  for (const command_spec& command : commands()) { out += entry(command.name, command.summary, width); }
  out += heading(screen, "Options");
  for (const option_spec& option : common_options()) { out += option_entry(option, width); }
  out += entry("-V, --version", "Show the version.", width);
  out += heading(screen, "Examples");
  for (const std::string_view name : {"generate", "scan", "explain"}) {
    const example_spec& first = find_command(name)->examples.front();
    out += fmt::format("  {}\n", first.line);
  }
  out += heading(screen, "Exit codes") + exit_code_list(width);
  return out + "\nplimsoll COMMAND --help explains a command; plimsoll help --man prints the manual page.\n";
}

std::string command_help(const command_spec& command, const terminal& screen) {
  const int width = screen.width();
  std::string out = paragraphs(command.description, width);
  out += heading(screen, "Usage") + fmt::format("  {}\n", synopsis(command));
  if (!command.operands.empty()) {
    out += heading(screen, "Operands");
    for (const operand_spec& operand : command.operands) { out += entry(operand.name, operand.help, width); }
  }
  out += heading(screen, "Options");
  for (const option_spec& option : command.options) { out += option_entry(option, width); }
  for (const option_spec& option : common_options()) { out += option_entry(option, width); }
  out += heading(screen, command.examples.size() == 1 ? "Example" : "Examples");
  for (const example_spec& example : command.examples) {
    out += fmt::format("  {}\n      {}\n", example.line, screen.paint(accent::faint, example.purpose));
  }
  return out;
}

}  // namespace plimsoll::cli
