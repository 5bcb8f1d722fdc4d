// Checks that a rulebook fits its book: its assets are known, its amounts are whole steps.
#pragma once

#include <string_view>

#include "host/book/book.hpp"
#include "host/text/refusal.hpp"

namespace plimsoll {

/// Refuses, as keys of `file`, rules of the venue's rulebook that this book cannot apply: a fund in an unknown asset,
/// an amount finer than the step of an asset it applies to, a fund or a depth beyond 2^62 steps. Adds a note on tiers
/// that hold band by band if the venue's own hold for the whole position.
void check_rulebook(const reference_data& reference, std::string_view file, refusal_list& refusals);

}  // namespace plimsoll
