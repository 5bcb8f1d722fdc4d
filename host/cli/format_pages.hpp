// Input and output formats as pages, made from the tables that the readers use: for the terminal, the manual and docs/.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/cli/terminal.hpp"

namespace plimsoll::cli {

/// A column, a key or a kind of update.
struct format_entry {
  std::string name;
  std::string type;      ///< "number, required".
  std::string unit;      ///< "contracts, whole size_steps".
  std::string fallback;  ///< The value if it is omitted.
  std::string meaning;
  std::string example;
  std::string elsewhere;  ///< Names that venues use for it.
};

struct format_section {
  std::string title;
  std::string about;
  std::vector<format_entry> entries;
};

struct format_topic {
  std::string_view name;   ///< "tables", as `help` takes it.
  std::string_view title;  ///< "The tables of a book".
  std::string_view about;
};
[[nodiscard]] std::span<const format_topic> format_topics();

/// The sections of a topic; none if there is no such topic.
[[nodiscard]] std::vector<format_section> format_sections(std::string_view topic);

/// A topic for people, as Markdown, and as a part of the manual page.
[[nodiscard]] std::string format_text(const format_topic& topic, const terminal& screen);
[[nodiscard]] std::string format_markdown();  ///< All topics: docs/formats.md.
[[nodiscard]] std::string format_roff();      ///< All topics.

}  // namespace plimsoll::cli
