// What the streams are: terminals or not, how wide, in colour or not.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace plimsoll::cli {

/// Ways in which a word may stand out.
enum class accent : unsigned char { plain, strong, faint, good, warning, bad };

/// Facts of one output stream.
class terminal {
 public:
  explicit terminal(std::FILE* stream);
  [[nodiscard]] bool is_terminal() const { return is_terminal_; }
  /// Characters a line of words: at most 120, 80 where there is no terminal.
  [[nodiscard]] int width() const;
  /// Characters a line of a table: all that the terminal has; without end where there is none.
  [[nodiscard]] int columns() const;
  /// The same stream for a text in Markdown: no colours, lines without end, tables with bars.
  [[nodiscard]] terminal as_markdown() const;
  [[nodiscard]] bool is_markdown() const { return is_markdown_; }
  /// The text, coloured where the stream is a terminal that may be coloured: not with NO_COLOR or TERM=dumb.
  [[nodiscard]] std::string paint(accent how, std::string_view text) const;

 private:
  std::FILE* stream_;
  bool is_terminal_;
  bool colours_;
  bool is_markdown_ = false;
};

/// Breaks a paragraph into lines of at most `width` characters, each after the first indented.
[[nodiscard]] std::string wrap(std::string_view text, int indent, int width);

}  // namespace plimsoll::cli
