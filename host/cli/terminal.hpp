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
  /// Characters a line; 80 where there is no terminal.
  [[nodiscard]] int width() const;
  /// The text, coloured where the stream is a terminal that may be coloured: not with NO_COLOR or TERM=dumb.
  [[nodiscard]] std::string paint(accent how, std::string_view text) const;

 private:
  std::FILE* stream_;
  bool is_terminal_;
  bool colours_;
};

/// Breaks a paragraph into lines of at most `width` characters, each after the first indented.
[[nodiscard]] std::string wrap(std::string_view text, int indent, int width);

}  // namespace plimsoll::cli
