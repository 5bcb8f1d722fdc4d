#include "host/venue/read_rulebook.hpp"

#include "host/venue/rulebook_sections.hpp"
#include "host/venue/rulebook_texts.hpp"

namespace plimsoll {

std::optional<venue_config> read_rulebook(std::string_view text, std::string_view file, refusal_list& refusals) {
  toml_source source(text, file, refusals);
  const auto root = source.parse();
  if (!root) { return std::nullopt; }
  venue_config out;
  rulebook_sections sections(source, out);
  for (const auto& [key, value] : *root) {
    if (key == "name") {
      source.read_text("name", value, out.rules.name);
    } else if (key == "source") {
      source.read_text("source", value, out.rules.source);
    } else if (key == "quote" || key == "collateral" || key == "rulebook" || key == "import") {
      source.refuse(key.source(), key.str(), "", "belongs to the venue.toml of a book, and not to a rulebook");
    } else if (!sections.read(key.str(), value)) {
      source.refuse_unknown(key, key.str());
    }
  }
  source.require(*root, "name");
  source.require(*root, "source");
  sections.check();
  if (source.refused()) { return std::nullopt; }
  return out;
}

std::vector<std::string_view> known_rulebooks() {
  std::vector<std::string_view> names;
  for (const shipped_rulebook& one : shipped_rulebooks()) { names.push_back(one.name); }
  return names;
}

std::string rulebook_words() {
  std::string words;
  for (const std::string_view name : known_rulebooks()) {
    words += std::string(words.empty() ? "" : ", ") + '"' + std::string(name) + '"';
  }
  return words;
}

std::optional<std::string_view> rulebook_text(std::string_view name) {
  for (const shipped_rulebook& one : shipped_rulebooks()) {
    if (one.name == name) { return one.text; }
  }
  return std::nullopt;
}

}  // namespace plimsoll
