#include "host/cli/format_pages.hpp"

#include <algorithm>
#include <span>

#include <fmt/format.h>

#include "host/cli/help_text.hpp"
#include "host/io/schema.hpp"
#include "host/report/output_columns.hpp"
#include "host/venue/read_rulebook.hpp"
#include "host/venue/venue_keys.hpp"

namespace plimsoll::cli {

namespace {

constexpr format_topic topics[] = {
    {"tables", "Tables of a book",
     "A book is a folder: venue.toml, and each table as NAME.csv, NAME.parquet or NAME.arrow. CSV is UTF-8 by RFC "
     "4180, with commas, points and one header row. Numbers are plain decimals (text, integers or decimals, not "
     "floats), exact, and whole multiples of their step. Finer numbers, floats and exponents are refused unless "
     "--round half_even, or [import] round in venue.toml, defines how to round them. A number without a step is then "
     "read as the shortest decimal that converts back to the same float. Columns may be in any order; columns that "
     "are not listed are ignored with a note. Names are compared byte by byte. Messages count rows as in a CSV file, "
     "whatever the format, so the header is row 1."},
    {"venue.toml", "Keys of venue.toml and of rulebooks",
     "A rulebook gives every key a value; a value in venue.toml takes precedence. Unknown keys, and keys that would "
     "do nothing, are refused."},
    {"updates", "Kinds of updates",
     "Rows of the file that --updates names. A row must have the values that its kind needs, and no others. Updates "
     "are applied one after the other; each is applied completely or refused."},
    {"outputs", "Tables that commands write",
     "With --out, as CSV, Parquet or Arrow (--format), beside summary.json. Money is exact: whole steps of its "
     "asset. summary.json holds the totals and, as `notes`, all notes on the book and the run that were printed on "
     "stderr."},
};

std::string_view kind_text(io::cell_kind kind) {
  switch (kind) {
    case io::cell_kind::name: return "name";
    case io::cell_kind::word: return "word";
    case io::cell_kind::number: return "number";
    case io::cell_kind::time: return "time";
    case io::cell_kind::score: return "number or float";
  }
  return "";
}

std::string_view need_text(io::column_need need) {
  switch (need) {
    case io::column_need::required: return "required";
    case io::column_need::optional: return "optional";
    case io::column_need::either: return "one of these";
  }
  return "";
}

format_entry entry_of(const io::known_column& column) {
  format_entry out;
  out.name = column.name;
  out.type = fmt::format("{}, {}", kind_text(column.kind), need_text(column.need));
  out.unit = column.unit;
  if (!column.step.empty()) { out.unit += fmt::format("{}multiples of {}", out.unit.empty() ? "" : ", ", column.step); }
  out.fallback = column.fallback;
  out.meaning = column.meaning;
  out.example = column.example;
  out.elsewhere = column.elsewhere;
  return out;
}

std::vector<format_section> table_sections() {
  std::vector<format_section> out;
  for (std::size_t i = 0; i < io::schema_count; ++i) {
    const io::table_schema& table = io::schemas()[i];
    format_section& section = out.emplace_back();
    const bool beside = i >= io::table_count;
    section.title = table.name;
    section.about = fmt::format("{}{}", beside ? "" : table.required ? "Required. " : "Optional. ", table.about);
    for (const io::known_column& column : table.columns) { section.entries.push_back(entry_of(column)); }
  }
  return out;
}

std::vector<format_section> venue_sections() {
  std::vector<format_section> out;
  for (const venue_key& key : venue_keys()) {
    const std::size_t point = key.name.find('.');
    const std::string title = point == std::string_view::npos ? std::string("Top of the file")
                                                              : fmt::format("[{}]", key.name.substr(0, point));
    if (out.empty() || out.back().title != title) { out.push_back({title, "", {}}); }
    format_entry& entry = out.back().entries.emplace_back();
    entry.name = point == std::string_view::npos ? key.name : key.name.substr(point + 1);
    entry.type = key.type;
    entry.fallback = key.fallback;
    entry.meaning = key.meaning;
    if (key.name == "rulebook") { entry.meaning += fmt::format(" Those that come with it: {}.", rulebook_words()); }
    entry.example = fmt::format("{} = {}", entry.name, key.example);
  }
  return out;
}

struct update_page {
  std::string_view kind, columns, meaning;
};
constexpr update_page update_pages[] = {
    {"fill", "account, instrument, size, price; optional: fee, to, side and margin_mode",
     "A trade: size changes the position, size x price its cost. The counterparty is `to`, or else the system "
     "account external. fee goes to the system account fees. With `side` (long, short) the fill acts on that "
     "position alone; an account that holds both sides must give it. `margin_mode` sets the margin mode of a "
     "position that the fill opens."},
    {"funding", "instrument, rate",
     "Each long pays rate x its value at the mark, and each short receives it; a negative rate reverses the payments."},
    {"fee", "account, asset, amount", "Money from the account to the system account fees."},
    {"deposit", "account, asset, amount", "Money in."},
    {"withdraw", "account, asset, amount", "Money out; not more than the balance."},
    {"transfer", "account, to, asset, amount", "Money from one account to another."},
    {"margin", "account, instrument, amount; optional: side, or the sign of size, to choose the position",
     "Money from the balance into the isolated position; a negative amount goes back to the balance."},
    {"settle", "instrument, price", "Every position of the instrument is closed at the price."},
    {"list", "instrument", "The instrument may be traded (again)."},
    {"delist", "instrument",
     "Every position of the instrument is closed at its mark, and the instrument may no longer be traded."},
};

std::vector<format_section> update_sections() {
  format_section section{"kinds", "The columns are those of the table updates; every row has tick and kind.", {}};
  for (const update_page& one : update_pages) {
    format_entry& entry = section.entries.emplace_back();
    entry.name = one.kind;
    entry.type = one.columns;
    entry.meaning = one.meaning;
  }
  return {section};
}

std::vector<format_section> output_sections() {
  std::vector<format_section> out;
  for (const output_table& table : output_tables()) {
    format_section& section = out.emplace_back();
    section.title = fmt::format("{}: {}", table.command, table.name);
    section.about = table.about;
    for (const output_column& column : table.columns) {
      format_entry& entry = section.entries.emplace_back();
      entry.name = column.name;
      entry.unit = column.unit;
      entry.meaning = column.meaning;
    }
  }
  return out;
}

/// "number, required; contracts; blank: ...".
std::string facts_of(const format_entry& entry) {
  std::string out = entry.type;
  if (!entry.unit.empty()) { out += fmt::format("{}{}", out.empty() ? "" : "; ", entry.unit); }
  if (!entry.fallback.empty()) { out += fmt::format("; left out: {}", entry.fallback); }
  return out;
}

/// Meaning, example, other names, as sentences.
std::string words_of(const format_entry& entry) {
  std::string out = entry.meaning;
  if (!entry.example.empty()) { out += fmt::format(" Such as {}.", entry.example); }
  if (!entry.elsewhere.empty()) { out += fmt::format(" Elsewhere: {}.", entry.elsewhere); }
  return out;
}

std::string markdown_cell(std::string_view text) {
  std::string out;
  for (const char c : text) { out += c == '|' ? std::string("\\|") : std::string(1, c); }
  return out;
}

/// The columns of a Markdown table that at least one entry fills.
std::string markdown_table(const format_section& section) {
  struct column {
    std::string_view head;
    std::string format_entry::* text;
    bool code;
  };
  constexpr column columns[] = {
      {"name", &format_entry::name, true},           {"type", &format_entry::type, false},
      {"unit", &format_entry::unit, false},          {"left out", &format_entry::fallback, false},
      {"meaning", &format_entry::meaning, false},    {"example", &format_entry::example, true},
      {"elsewhere", &format_entry::elsewhere, false}};
  std::vector<column> used;
  for (const column& one : columns) {
    const auto fills = [&](const format_entry& entry) { return !(entry.*one.text).empty(); };
    if (std::any_of(section.entries.begin(), section.entries.end(), fills)) { used.push_back(one); }
  }
  std::string head = "|", rule = "|", body;
  for (const column& one : used) {
    head += fmt::format(" {} |", one.head);
    rule += "---|";
  }
  for (const format_entry& entry : section.entries) {
    body += '|';
    for (const column& one : used) {
      const std::string text = markdown_cell(entry.*one.text);
      body += text.empty() ? " |" : one.code ? fmt::format(" `{}` |", text) : fmt::format(" {} |", text);
    }
    body += '\n';
  }
  return head + "\n" + rule + "\n" + body;
}

}  // namespace

std::span<const format_topic> format_topics() { return topics; }

std::vector<format_section> format_sections(std::string_view topic) {
  if (topic == "tables") { return table_sections(); }
  if (topic == "venue.toml") { return venue_sections(); }
  if (topic == "updates") { return update_sections(); }
  if (topic == "outputs") { return output_sections(); }
  return {};
}

std::string format_text(const format_topic& topic, const terminal& screen) {
  constexpr int indent = 4;
  const int width = screen.width();
  std::string out = screen.paint(accent::strong, topic.title) + "\n" + wrap(topic.about, 0, width) + "\n";
  for (const format_section& section : format_sections(topic.name)) {
    out += "\n" + screen.paint(accent::strong, section.title) + "\n";
    if (!section.about.empty()) { out += wrap(section.about, 0, width) + "\n"; }
    for (const format_entry& entry : section.entries) {
      const std::string facts = facts_of(entry);
      out += fmt::format("\n  {}\n", screen.paint(accent::good, entry.name));
      if (!facts.empty()) { out += "    " + screen.paint(accent::faint, wrap(facts, indent, width)) + "\n"; }
      out += "    " + wrap(words_of(entry), indent, width) + "\n";
    }
  }
  return out;
}

std::string format_markdown() {
  std::string out =
      "# Formats\n\n"
      "Input and output formats. `plimsoll help --markdown` prints this page from the tables that the readers\n"
      "use, and a test compares them; [recipes.md](recipes.md) shows how to write a book from pandas, DuckDB or a "
      "venue's JSON.\n";
  for (const format_topic& topic : topics) {
    out += fmt::format("\n## {}\n\n`plimsoll help {}` prints this part. {}\n", topic.title, topic.name, topic.about);
    for (const format_section& section : format_sections(topic.name)) {
      out += fmt::format("\n### {}\n\n", section.title);
      if (!section.about.empty()) { out += section.about + "\n\n"; }
      out += markdown_table(section);
    }
  }
  return out;
}

std::string format_roff() {
  std::string out;
  for (const format_topic& topic : topics) {
    out += fmt::format(".SH {}\n{}\n", roff_text(topic.title), roff_text(topic.about));
    for (const format_section& section : format_sections(topic.name)) {
      out += fmt::format(".SS {}\n", roff_text(section.title));
      if (!section.about.empty()) { out += roff_text(section.about) + "\n"; }
      for (const format_entry& entry : section.entries) {
        const std::string facts = facts_of(entry);
        out += fmt::format(".TP\n\\fB{}\\fR{}\n{}\n", roff_text(entry.name),
                           facts.empty() ? std::string() : fmt::format(" ({})", roff_text(facts)),
                           roff_text(words_of(entry)));
      }
    }
  }
  return out;
}

}  // namespace plimsoll::cli
