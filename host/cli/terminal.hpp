// Facts of the streams: whether they are terminals, their width and colour.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace plimsoll::cli {

/// Kinds of emphasis.
enum class accent : unsigned char { plain, strong, faint, good, warning, bad };

/// Facts of one output stream.
class terminal {
 public:
  explicit terminal(std::FILE* stream);
  [[nodiscard]] bool is_terminal() const { return is_terminal_; }
  /// Characters per line of text: at most 120, or 80 without a terminal.
  [[nodiscard]] int width() const;
  /// Characters per line of a table: the width of the terminal, or unlimited without one.
  [[nodiscard]] int columns() const;
  /// The same stream for a text in Markdown: no colours, unlimited lines, tables with bars.
  [[nodiscard]] terminal as_markdown() const;
  [[nodiscard]] bool is_markdown() const { return is_markdown_; }
  /// The text, coloured if the stream is a terminal and neither NO_COLOR nor TERM=dumb is set.
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
