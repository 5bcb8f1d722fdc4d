// Does a rulebook fit the book it is for: known assets, amounts that are whole steps?
#pragma once

#include <string_view>

#include "host/book/book.hpp"
#include "host/text/refusal.hpp"

namespace plimsoll {

/// Refuses, as keys of `file`, what the venue's rulebook cannot mean in this book: a fund in an asset that is not
/// there, an amount finer than the step of an asset it applies to, a fund or a depth beyond 2^62 steps. Notes tiers
/// that hold band by band where the venue's do not.
void check_rulebook(const reference_data& reference, std::string_view file, refusal_list& refusals);

}  // namespace plimsoll
