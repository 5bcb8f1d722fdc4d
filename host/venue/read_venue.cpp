// Reads venue.toml: first the rulebook, then the venue's own keys, which take precedence.
#include "host/venue/read_venue.hpp"

#include <filesystem>
#include <utility>

#include "host/venue/read_rulebook.hpp"
#include "host/venue/rulebook_sections.hpp"

namespace plimsoll {

namespace {

bool is_path(std::string_view rulebook) { return rulebook.ends_with(".toml"); }

/// The folder of a book contains the whole book, so that it can be moved and copied.
bool stays_inside(const std::string& path) {
  const std::filesystem::path plain = std::filesystem::path(path).lexically_normal();
  return plain.is_relative() && *plain.begin() != "..";
}

/// The rulebook that the key names; nothing, and refusals, if there is none or it has faults.
std::optional<venue_config> named_rulebook(toml_source& source, const toml::node& value, const open_beside& open,
                                           refusal_list& refusals) {
  std::string name;
  source.read_text("rulebook", value, name);
  if (name.empty()) { return std::nullopt; }
  if (!is_path(name)) {
    const auto text = rulebook_text(name);
    if (text) { return read_rulebook(*text, name + ".toml", refusals); }
    source.refuse("rulebook", "is not a known rulebook; known rulebooks: " + rulebook_words() +
                                  ", or a file beside venue.toml, such as \"./mine.toml\"");
    return std::nullopt;
  }
  if (!stays_inside(name)) {
    source.refuse("rulebook", "must be a file inside the book's folder");
    return std::nullopt;
  }
  if (!open) {
    source.refuse("rulebook", "is a file, but files cannot be read here");
    return std::nullopt;
  }
  auto text = open(name);
  if (text) { return read_rulebook(text.value(), name, refusals); }
  source.refuse("rulebook", "cannot be read: " + text.error().message);
  return std::nullopt;
}

bool read_import(toml_source& source, std::string_view key, const toml::node& value, import_rules& out) {
  if (key == "round") {
    source.read_word("import.round", value,
                     {{"refuse", rounding::refuse}, {"half_even", rounding::half_even}, {"down", rounding::down}},
                     out.round);
  } else if (key == "as_of_unit") {
    time_unit unit{};
    const std::string found = value.value_exact<std::string>().value_or("");
    using enum time_unit;
    source.read_word("import.as_of_unit", value, {{"s", s}, {"ms", ms}, {"us", us}, {"ns", ns}}, unit);
    if (found == to_string(unit)) { out.as_of_unit = unit; }
  } else {
    return false;
  }
  return true;
}

void read_entry(toml_source& source, rulebook_sections& sections, venue_config& venue, const toml::key& key,
                const toml::node& value) {
  if (key == "name") { return source.read_text("name", value, venue.name); }
  if (key == "quote") { return source.read_text("quote", value, venue.quote); }
  if (key == "rulebook") { return; }
  if (key == "collateral") {
    return source.read_word("collateral", value,
                            {{"single", collateral_mode::single}, {"multi", collateral_mode::multi}}, venue.collateral);
  }
  if (key == "portfolio") {
    return source.read_section("portfolio", value, [&source](std::string_view inner, const toml::node& node) {
      source.refuse(node.source(), "portfolio." + std::string(inner), "",
                    "belongs to portfolio margin, which is not supported yet");
      return true;
    });
  }
  if (key == "import") {
    return source.read_section("import", value, [&](std::string_view inner, const toml::node& node) {
      return read_import(source, inner, node, venue.import);
    });
  }
  if (!sections.read(key.str(), value)) { source.refuse_unknown(key, key.str()); }
}

}  // namespace

std::optional<venue_config> read_venue(std::string_view text, std::string_view file, refusal_list& refusals,
                                       const open_beside& open, const std::optional<named_text>& instead) {
  toml_source source(text, file, refusals);
  const auto root = source.parse();
  if (!root) { return std::nullopt; }
  const toml::node* named = root->get("rulebook");
  auto base = instead            ? read_rulebook(instead->text, instead->file, refusals)
              : named != nullptr ? named_rulebook(source, *named, open, refusals)
                                 : read_rulebook(*rulebook_text("default"), "default.toml", refusals);
  // The venue's own keys are checked even if its rulebook is refused, so that all faults are reported at once.
  venue_config venue = base.value_or(venue_config{});
  rulebook_sections sections(source, venue);
  for (const auto& [key, value] : *root) { read_entry(source, sections, venue, key, value); }
  source.require(*root, "name");
  source.require(*root, "quote");
  if (base) { sections.check(); }
  if (source.refused() || !base) { return std::nullopt; }
  return venue;
}

std::optional<std::string> rulebook_path(std::string_view venue_toml) {
  try {
    const toml::table root = toml::parse(venue_toml);
    const auto name = root["rulebook"].value_exact<std::string>();
    if (name && is_path(*name)) { return *name; }
  } catch (const toml::parse_error&) {
    return std::nullopt;  // `read_venue` reports the fault.
  }
  return std::nullopt;
}

}  // namespace plimsoll
