// The ADL scores, one row each. docs/design.md section 3, "Scores", has the formulas and their sources.
#pragma once

#include <cstdint>

// A row: the name of its enumerator and of its function in kernels/rules/score.hpp; its word in files; what it reads
// beside a position's size and its unit's equity; its terms, as `explain` reports them (host/explain/score_terms.cpp);
// its formula in words, where {r} is the value of the term r, and {op} is x where r is a profit and / where it is a
// loss; and the order that it gives a ladder, in words.
// clang-format off
#define PLIMSOLL_SCORES(row)                                                                                        \
  row(pnl_leverage, "pnl_leverage", score_reads::cost, "r l",                                                       \
      "r {op} l, r = pnl / |cost| = {r}, l = notional / equity = {l}", "the largest profit on cost times leverage") \
  row(binance, "binance", score_reads::cost | score_reads::requirements, "balance maintenance equity",              \
      "max(0, pnl) / max(1, balance {balance}) x (maintenance {maintenance} / equity {equity})",                    \
      "the largest profit on balance times margin ratio")                                                           \
  row(hyperliquid, "hyperliquid", score_reads::cost, "g l",                                                         \
      "g x l, g = {g}, l = notional / equity = {l}", "the largest gain of notional over cost times leverage")       \
  row(pnl, "pnl", score_reads::cost, "", "pnl", "the largest profit")                                               \
  row(return_on_cost, "return", score_reads::cost, "r", "pnl / |cost|", "the largest profit on cost")               \
  row(leverage, "leverage", score_reads::cost, "l", "notional / equity", "the largest leverage")                    \
  row(size, "size", score_reads::nothing, "", "size, without its sign", "the largest size")                         \
  row(given, "given", score_reads::given, "", "the column adl_score", "the largest adl_score")
// clang-format on

namespace plimsoll {

/// The ADL scores (`[adl] score`).
enum class score_kind : std::uint8_t {
#define PLIMSOLL_SCORE_ROW(name, ...) name,
  PLIMSOLL_SCORES(PLIMSOLL_SCORE_ROW)
#undef PLIMSOLL_SCORE_ROW
};

/// The inputs of a score beside a position's size and its unit's equity. Values combine by `|`.
enum class score_reads : std::uint8_t {
  nothing = 0,
  cost = 1,          ///< Cost, value, notional and pnl of the position.
  requirements = 2,  ///< MM and balance of the unit.
  given = 4,         ///< The column `adl_score`.
};
[[nodiscard]] constexpr score_reads operator|(score_reads a, score_reads b) {
  return static_cast<score_reads>(static_cast<std::uint8_t>(a) | static_cast<std::uint8_t>(b));
}

/// A row of PLIMSOLL_SCORES.
struct score_traits {
  score_kind kind;
  const char* word;
  score_reads reads;
  const char* terms;  ///< Separated by blanks.
  const char* formula;
  const char* order;
};
inline constexpr score_traits all_scores[] = {
#define PLIMSOLL_SCORE_ROW(name, word, reads, terms, formula, order) \
  {score_kind::name, word, reads, terms, formula, order},
    PLIMSOLL_SCORES(PLIMSOLL_SCORE_ROW)
#undef PLIMSOLL_SCORE_ROW
};

[[nodiscard]] constexpr const score_traits& traits_of(score_kind kind) { return all_scores[static_cast<int>(kind)]; }

[[nodiscard]] constexpr bool reads(score_kind kind, score_reads what) {
  return (static_cast<std::uint8_t>(traits_of(kind).reads) & static_cast<std::uint8_t>(what)) != 0;
}

/// Its word in files.
[[nodiscard]] constexpr const char* to_string(score_kind kind) { return traits_of(kind).word; }

/// Returns `f.template operator()<kind>()`, so that code written for one score is compiled for each.
template <class F>
decltype(auto) with_score(score_kind kind, F&& f) {
  switch (kind) {
#define PLIMSOLL_SCORE_ROW(name, ...) \
  case score_kind::name: return f.template operator()<score_kind::name>();
    PLIMSOLL_SCORES(PLIMSOLL_SCORE_ROW)
#undef PLIMSOLL_SCORE_ROW
  }
  __builtin_unreachable();
}

}  // namespace plimsoll
