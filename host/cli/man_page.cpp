#include <string>
#include <string_view>

#include <fmt/format.h>

#include "host/cli/format_pages.hpp"
#include "host/cli/help_text.hpp"
#include "plimsoll/config.hpp"

namespace plimsoll::cli {

namespace {

std::string paragraphs(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find("\n\n", at), text.size());
    out += fmt::format(".PP\n{}\n", roff_text(text.substr(at, end - at)));
    at = end + 2;
  }
  return out;
}

std::string option_entry(const option_spec& option) {
  std::string term = option.letter != 0 ? fmt::format("\\fB\\-{}\\fR, ", option.letter) : std::string();
  term += fmt::format("\\fB\\-\\-{}\\fR", roff_text(option.name));
  if (option.kind != option_kind::flag) {
    term += fmt::format(" \\fI{}\\fR", roff_text(option.choices.empty() ? option.argument : option.choices));
  }
  std::string text = roff_text(option.help);
  if (!option.fallback.empty()) { text += fmt::format(" Default: {}.", roff_text(option.fallback)); }
  return fmt::format(".TP\n{}\n{}\n", term, text);
}

std::string command_section(const command_spec& command) {
  std::string out = fmt::format(".SS {}\n.B {}\n{}", roff_text(command.name), roff_text(synopsis(command)),
                                paragraphs(command.description));
  for (const operand_spec& operand : command.operands) {
    out += fmt::format(".TP\n\\fI{}\\fR\n{}\n", roff_text(operand.name), roff_text(operand.help));
  }
  for (const option_spec& option : command.options) { out += option_entry(option); }
  for (const example_spec& example : command.examples) {
    out += fmt::format(".PP\n{}\n.RS 4\n.nf\n{}\n.fi\n.RE\n", roff_text(example.purpose), roff_text(example.line));
  }
  return out;
}

}  // namespace

std::string roff_text(std::string_view text) {
  std::string out;
  for (const char letter : text) {
    if (letter == '\\') {
      out += "\\e";
    } else if (letter == '-') {
      out += "\\-";
    } else if ((letter == '.' || letter == '\'') && (out.empty() || out.back() == '\n')) {
      out += fmt::format("\\&{}", letter);
    } else {
      out += letter;
    }
  }
  return out;
}

std::string man_page() {
  std::string out = fmt::format(".TH PLIMSOLL 1 \"\" \"plimsoll {}\" \"User Commands\"\n", PLIMSOLL_VERSION);
  out += ".SH NAME\nplimsoll \\- scan the book of a derivatives venue for margin, bankruptcy and deleveraging\n";
  out += ".SH SYNOPSIS\n.B plimsoll\n\\fICOMMAND\\fR [\\fIoperands\\fR] [\\fIoptions\\fR]\n";
  out += ".SH DESCRIPTION\n" +
         roff_text(
             "Plimsoll reads the whole book of a derivatives venue and reports which accounts are below their margin, "
             "which are bankrupt, and which winners would take over the positions of the bankrupt, in order. It "
             "computes exactly, on a GPU or on the CPU, with the same bytes. Data goes to stdout, everything else to "
             "stderr.") +
         "\n";
  out += ".SH COMMON OPTIONS\n";
  for (const option_spec& option : common_options()) { out += option_entry(option); }
  out += ".TP\n\\fB\\-\\-version\\fR\nShow the version.\n.SH COMMANDS\n";
  for (const command_spec& command : commands()) { out += command_section(command); }
  out += format_roff();
  out += ".SH EXIT STATUS\n";
  for (const exit_code_spec& code : exit_codes()) {
    out += fmt::format(".TP\n.B {}\n{}\n", code.code, roff_text(code.meaning));
  }
  out += ".SH ENVIRONMENT\n.TP\n.B NO_COLOR\n" + roff_text("If it is set and not blank, no colours are used.") + "\n";
  return out;
}

}  // namespace plimsoll::cli
