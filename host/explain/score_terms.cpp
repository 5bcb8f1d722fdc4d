#include "host/explain/score_terms.hpp"

#include <algorithm>
#include <string_view>

#include <boost/algorithm/string/replace.hpp>

#include "host/text/score_text.hpp"

namespace plimsoll {

namespace {

using json = nlohmann::ordered_json;

std::string ratio(double x) { return score_text(x == 0 ? 0.0 : x); }

const score_traits* traits_of(std::string_view word) {
  const auto* found = std::ranges::find(all_scores, word, [](const score_traits& it) { return it.word; });
  return found == std::end(all_scores) ? nullptr : found;
}

/// Calls `visit` for each word of a text in which blanks separate them.
template <class Visit>
void each_word(std::string_view text, const Visit& visit) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    visit(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

/// Blank for a term that there is not: a test asks for every term of every score.
std::string term_text(std::string_view term, const score_input& in,
                      const std::function<std::string(std::int64_t)>& money) {
  if (term == "r") { return ratio(scores::return_on_cost(in)); }
  if (term == "l") { return ratio(scores::leverage(in)); }
  if (term == "g") { return ratio(scores::gain(in)); }
  if (term == "balance") { return money(in.balance); }
  if (term == "maintenance") { return money(in.maintenance); }
  return term == "equity" ? money(in.equity) : "";
}

}  // namespace

json score_terms(score_kind kind, const score_input& in, const std::function<std::string(std::int64_t)>& money) {
  json out = json::object();
  each_word(traits_of(kind).terms, [&](std::string_view term) { out[std::string(term)] = term_text(term, in, money); });
  return out;
}

std::string score_formula(std::string_view word, const json& terms) {
  const score_traits* const of = traits_of(word);
  std::string text = of == nullptr ? "" : of->formula;
  for (const auto& [term, value] : terms.items()) {
    const auto& shown = value.get_ref<const std::string&>();
    boost::replace_all(text, "{" + term + "}", shown);
    if (term == "r") { boost::replace_all(text, "{op}", shown.starts_with('-') ? "/" : "x"); }
  }
  return text;
}

std::string score_order(std::string_view word) {
  const score_traits* const of = traits_of(word);
  return of == nullptr ? "" : of->order;
}

}  // namespace plimsoll
