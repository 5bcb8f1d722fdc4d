// Another rulebook in place of a book's own, for one run.
#pragma once

#include <string>
#include <string_view>

#include "host/book/book.hpp"
#include "host/cli/arguments.hpp"
#include "host/text/refusal.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll::cli {

/// The venue of the book in `folder` under the rulebook `name`: one that comes with Plimsoll, or a file ending in
/// .toml. The venue's own keys take precedence. Errors: usage if there is none of that name; bad_data with `refusals`
/// if the rulebook contradicts the venue's keys or the book.
[[nodiscard]] result<venue_config> venue_under(std::string_view name, const std::string& folder, const book& source,
                                               refusal_list& refusals);

/// Puts the rulebook of --rulebook into a book, if the command has that option and it was given.
[[nodiscard]] status use_rulebook(const invocation& call, book& source, refusal_list& refusals);

}  // namespace plimsoll::cli
