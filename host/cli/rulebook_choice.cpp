#include "host/cli/rulebook_choice.hpp"

#include <filesystem>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "host/book/check_rulebook.hpp"
#include "host/io/read_file.hpp"
#include "host/text/near_name.hpp"
#include "host/venue/read_rulebook.hpp"
#include "host/venue/read_venue.hpp"

namespace plimsoll::cli {

namespace {

result<named_text> rulebook_of(std::string_view name) {
  if (const auto text = rulebook_text(name)) { return named_text{std::string(name) + ".toml", std::string(*text)}; }
  if (name.ends_with(".toml")) {
    auto text = io::read_file(name);
    if (!text) { return error{error_code::usage, "the rulebook " + text.error().message}; }
    return named_text{std::string(name), std::move(text).value()};
  }
  const std::string near = nearest_name(name, known_rulebooks());
  return error{error_code::usage,
               fmt::format("there is no rulebook {}{}; known rulebooks: {}, or a file ending in .toml", name,
                           near.empty() ? "" : fmt::format("; did you mean {}?", near), rulebook_words())};
}

}  // namespace

result<venue_config> venue_under(std::string_view name, const std::string& folder, const book& source,
                                 refusal_list& refusals) {
  const result<named_text> rules = rulebook_of(name);
  if (!rules) { return rules.error(); }
  const auto text = io::read_file(std::filesystem::path(folder) / "venue.toml");
  if (!text) { return text.error(); }
  std::optional<venue_config> venue = read_venue(text.value(), "venue.toml", refusals, {}, rules.value());
  if (!venue) { return refusals.to_error(); }
  if (reads(venue->adl_score, score_reads::given) && source.positions.given.empty() && source.positions.size() != 0) {
    return error{error_code::usage, fmt::format("the rulebook {} ranks by the column adl_score, which this run has "
                                                "not read; name the rulebook in venue.toml",
                                                name)};
  }
  reference_data reference = source.reference;
  reference.venue = *venue;
  check_rulebook(reference, "venue.toml", refusals);
  if (!refusals.empty()) { return refusals.to_error(); }
  return *std::move(venue);
}

status use_rulebook(const invocation& call, book& source, refusal_list& refusals) {
  if (find_option(call.command(), "rulebook") == nullptr || !call.given("rulebook")) { return ok(); }
  result<venue_config> venue = venue_under(call.text("rulebook"), call.operand(0), source, refusals);
  if (!venue) { return venue.error(); }
  source.reference.venue = std::move(venue).value();
  return ok();
}

}  // namespace plimsoll::cli
