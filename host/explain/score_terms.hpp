// The parts of a score that `explain` reports beside it, and the score's formula in words.
#pragma once

#include <functional>
#include <string>

#include <nlohmann/json.hpp>

#include "kernels/rules/score.hpp"

namespace plimsoll {

/// The terms of the score's row, by name: ratios as the shortest decimals that read back as the same double, amounts as
/// `money` prints steps of the unit's asset.
[[nodiscard]] nlohmann::ordered_json score_terms(score_kind kind, const score_input& in,
                                                 const std::function<std::string(std::int64_t)>& money);

/// The formula of the score with this word, with its terms' values. Blank for an unknown word.
[[nodiscard]] std::string score_formula(std::string_view word, const nlohmann::ordered_json& terms);

/// The order of a ladder by the score with this word, in words. Blank for an unknown word.
[[nodiscard]] std::string score_order(std::string_view word);

}  // namespace plimsoll
