#include <string>
#include <string_view>

#include <fmt/format.h>

#include "host/cli/help_text.hpp"

namespace plimsoll::cli {

namespace {

std::string spaced(std::string_view choices) {
  std::string out(choices);
  for (char& letter : out) {
    if (letter == '|') { letter = ' '; }
  }
  return out;
}

std::string command_names() {
  std::string out;
  for (const command_spec& command : commands()) { out += (out.empty() ? "" : " ") + std::string(command.name); }
  return out;
}

/// A word in single quotes, for any of the three shells.
std::string in_quotes(std::string_view text) {
  std::string out = "'";
  for (const char letter : text) {
    if (letter == '\'') {
      out += "'\\''";
    } else {
      out += letter;
    }
  }
  return out + "'";
}

std::string operand_choices(const command_spec& command) {
  if (command.name == "completion") { return "bash zsh fish"; }
  if (command.name == "help") { return command_names(); }
  return {};
}

// ------------------------------------------------------------------------------------------------ bash
std::string bash_values(const option_spec& option) {
  switch (option.kind) {
    case option_kind::choice:
    case option_kind::list:
      return fmt::format("mapfile -t COMPREPLY < <(compgen -W {} -- \"$word\")", in_quotes(spaced(option.choices)));
    case option_kind::file: return "mapfile -t COMPREPLY < <(compgen -f -- \"$word\")";
    case option_kind::folder: return "mapfile -t COMPREPLY < <(compgen -d -- \"$word\")";
    default: return ":";
  }
}

std::string bash_command(const command_spec& command) {
  std::string words;
  std::string values;
  for (const std::span<const option_spec> options : {command.options, common_options()}) {
    for (const option_spec& option : options) {
      words += fmt::format("{}--{}", words.empty() ? "" : " ", option.name);
      if (option.kind == option_kind::flag) { continue; }
      const std::string letter = option.letter != 0 ? fmt::format("|-{}", option.letter) : std::string();
      values += fmt::format("        --{}{}) {}; return ;;\n", option.name, letter, bash_values(option));
    }
  }
  std::string out = fmt::format("    {})\n", command.name);
  if (!values.empty()) { out += fmt::format("      case $before in\n{}      esac\n", values); }
  out += fmt::format("      if [[ $word == -* ]]; then mapfile -t COMPREPLY < <(compgen -W {} -- \"$word\")\n",
                     in_quotes(words));
  const std::string choices = operand_choices(command);
  out += choices.empty()
             ? "      else mapfile -t COMPREPLY < <(compgen -d -- \"$word\")\n"
             : fmt::format("      else mapfile -t COMPREPLY < <(compgen -W {} -- \"$word\")\n", in_quotes(choices));
  return out + "      fi ;;\n";
}

std::string bash_script() {
  std::string out =
      "# Completion of plimsoll for bash: source <(plimsoll completion bash)\n"
      "_plimsoll() {\n"
      "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
      "  COMPREPLY=()\n"
      "  if [[ $COMP_CWORD -eq 1 ]]; then\n";
  out += fmt::format("    mapfile -t COMPREPLY < <(compgen -W {} -- \"$word\")\n    return\n  fi\n",
                     in_quotes(command_names() + " --help --version"));
  out += "  compopt -o filenames 2>/dev/null\n  case ${COMP_WORDS[1]} in\n";
  for (const command_spec& command : commands()) { out += bash_command(command); }
  return out + "  esac\n}\ncomplete -F _plimsoll plimsoll\n";
}

// ------------------------------------------------------------------------------------------------- zsh
/// A text inside a zsh _arguments specification: brackets and colons escaped.
std::string zsh_text(std::string_view text) {
  std::string out;
  for (const char letter : text) {
    if (letter == '[' || letter == ']' || letter == ':' || letter == '\\') { out += '\\'; }
    out += letter;
  }
  return out;
}

std::string zsh_values(option_kind kind, std::string_view argument, std::string_view choices) {
  if (kind == option_kind::flag) { return {}; }
  std::string action;
  if (kind == option_kind::choice || kind == option_kind::list) { action = fmt::format("({})", spaced(choices)); }
  if (kind == option_kind::file) { action = "_files"; }
  if (kind == option_kind::folder) { action = "_files -/"; }
  return fmt::format(":{}:{}", zsh_text(argument), action);
}

std::string zsh_command(const command_spec& command) {
  std::string out = fmt::format("    {})\n      _arguments \\\n", command.name);
  for (const std::span<const option_spec> options : {command.options, common_options()}) {
    for (const option_spec& option : options) {
      const std::string tail =
          fmt::format("[{}]{}", zsh_text(option.help), zsh_values(option.kind, option.argument, option.choices));
      if (option.letter != 0) {
        out += fmt::format("        {} \\\n", in_quotes(fmt::format("-{}{}", option.letter, tail)));
      }
      out += fmt::format("        {} \\\n", in_quotes(fmt::format("--{}{}", option.name, tail)));
    }
  }
  int place = 1;
  for (const operand_spec& operand : command.operands) {
    const std::string choices = operand_choices(command);
    const std::string action =
        !choices.empty() ? fmt::format("({})", choices) : (operand.kind == option_kind::folder ? "_files -/" : "");
    out += fmt::format("        {} \\\n", in_quotes(fmt::format("{}:{}:{}", place++, zsh_text(operand.name), action)));
  }
  return out + "        && return\n      ;;\n";
}

std::string zsh_script() {
  std::string out =
      "#compdef plimsoll\n# Completion of plimsoll for zsh: plimsoll completion zsh > a folder of fpath/_plimsoll\n"
      "_plimsoll() {\n  local -a commands\n  commands=(\n";
  for (const command_spec& command : commands()) {
    out += fmt::format("    {}\n", in_quotes(fmt::format("{}:{}", command.name, zsh_text(command.summary))));
  }
  out +=
      "  )\n  if (( CURRENT == 2 )); then\n    _describe command commands\n    return\n  fi\n"
      "  local chosen=${words[2]}\n  shift words\n  (( CURRENT-- ))\n  case $chosen in\n";
  for (const command_spec& command : commands()) { out += zsh_command(command); }
  return out +
         "  esac\n}\nif [ \"$funcstack[1]\" = \"_plimsoll\" ]; then _plimsoll \"$@\"; else compdef _plimsoll plimsoll; "
         "fi\n";
}

// ------------------------------------------------------------------------------------------------ fish
std::string fish_text(std::string_view text) {
  std::string out = "'";
  for (const char letter : text) {
    if (letter == '\'' || letter == '\\') { out += '\\'; }
    out += letter;
  }
  return out + "'";
}

std::string fish_option(std::string_view condition, const option_spec& option) {
  std::string out = fmt::format("complete -c plimsoll{} -l {}", condition, option.name);
  if (option.letter != 0) { out += fmt::format(" -s {}", option.letter); }
  switch (option.kind) {
    case option_kind::flag: break;
    case option_kind::choice:
    case option_kind::list: out += fmt::format(" -x -a {}", fish_text(spaced(option.choices))); break;
    case option_kind::file: out += " -r -F"; break;
    case option_kind::folder: out += " -x -a '(__fish_complete_directories)'"; break;
    default: out += " -x"; break;
  }
  return out + fmt::format(" -d {}\n", fish_text(option.help));
}

std::string fish_script() {
  std::string out =
      "# Completion of plimsoll for fish: plimsoll completion fish > ~/.config/fish/completions/plimsoll.fish\n"
      "complete -c plimsoll -f\n";
  for (const command_spec& command : commands()) {
    out += fmt::format("complete -c plimsoll -n __fish_use_subcommand -a {} -d {}\n", command.name,
                       fish_text(command.summary));
    const std::string condition = fmt::format(" -n '__fish_seen_subcommand_from {}'", command.name);
    for (const option_spec& option : command.options) { out += fish_option(condition, option); }
    const std::string choices = operand_choices(command);
    const bool folder = !command.operands.empty() && command.operands.front().kind == option_kind::folder;
    if (!choices.empty()) { out += fmt::format("complete -c plimsoll{} -a {}\n", condition, fish_text(choices)); }
    if (folder) { out += fmt::format("complete -c plimsoll{} -a '(__fish_complete_directories)'\n", condition); }
  }
  for (const option_spec& option : common_options()) { out += fish_option("", option); }
  return out;
}

}  // namespace

std::string completion_script(std::string_view shell) {
  if (shell == "bash") { return bash_script(); }
  if (shell == "zsh") { return zsh_script(); }
  if (shell == "fish") { return fish_script(); }
  return {};
}

}  // namespace plimsoll::cli
