// The columns of single tables, for the list of all tables. Inside host/io only.
#pragma once

#include "host/io/schema.hpp"

namespace plimsoll::io {

[[nodiscard]] std::span<const known_column> columns_of_assets();
[[nodiscard]] std::span<const known_column> columns_of_instruments();
[[nodiscard]] std::span<const known_column> columns_of_tiers();
[[nodiscard]] std::span<const known_column> columns_of_depths();
[[nodiscard]] std::span<const known_column> columns_of_marks();
[[nodiscard]] std::span<const known_column> columns_of_ticks();
[[nodiscard]] std::span<const known_column> columns_of_updates();
[[nodiscard]] std::span<const known_column> columns_of_betas();

}  // namespace plimsoll::io
