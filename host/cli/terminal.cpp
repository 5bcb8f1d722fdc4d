#include "host/cli/terminal.hpp"

#include <algorithm>
#include <cstdlib>

#include <sys/ioctl.h>
#include <unistd.h>

#include "host/cli/inside.hpp"

namespace plimsoll::cli {

namespace {

bool may_colour() {
  const char* no_colour = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  const bool asked_not_to = no_colour != nullptr && *no_colour != '\0';
  return !asked_not_to && term != nullptr && std::string_view(term) != "dumb" && *term != '\0';
}

}  // namespace

terminal::terminal(std::FILE* stream)
    : stream_(stream),
      is_terminal_(listener_here() == nullptr && ::isatty(::fileno(stream)) == 1),
      colours_(is_terminal_ && may_colour()) {}

terminal terminal::as_markdown() const {
  terminal out = *this;
  out.colours_ = false;
  out.is_markdown_ = true;
  return out;
}

namespace {

constexpr int endless = 1 << 20;

/// 0: not known.
int columns_of(std::FILE* stream) {
  winsize size{};
  return ::ioctl(::fileno(stream), TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

}  // namespace

int terminal::width() const {
  if (is_markdown_) { return endless; }
  const int columns = is_terminal_ ? columns_of(stream_) : 0;
  return columns == 0 ? 80 : std::clamp(columns, 40, 120);
}

int terminal::columns() const {
  if (is_markdown_ || !is_terminal_) { return endless; }
  const int columns = columns_of(stream_);
  return columns == 0 ? 80 : std::max(columns, 40);
}

std::string terminal::paint(accent how, std::string_view text) const {
  if (is_markdown_ && how == accent::strong) { return "**" + std::string(text) + "**"; }
  if (!colours_ || how == accent::plain) { return std::string(text); }
  constexpr std::string_view codes[] = {"", "1", "2", "32", "33", "1;31"};
  std::string out = "\033[";
  out.append(codes[static_cast<std::size_t>(how)]).append("m").append(text).append("\033[0m");
  return out;
}

std::string wrap(std::string_view text, int indent, int width) {
  std::string out;
  int column = indent;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const auto word = static_cast<int>(end - at);
    if (column > indent && column + 1 + word > width) {
      out.append("\n").append(static_cast<std::size_t>(indent), ' ');
      column = indent;
    } else if (column > indent) {
      out += ' ';
      ++column;
    }
    out.append(text.substr(at, end - at));
    column += word;
    at = end + 1;
  }
  return out;
}

}  // namespace plimsoll::cli
