#include "host/book/system_row.hpp"

namespace plimsoll {

namespace {

constexpr const char* names[system_account_count] = {"fund", "fees", "market", "backstop", "external"};

}  // namespace

const char* to_string(system_account account) { return names[static_cast<std::size_t>(account)]; }

std::optional<system_account> system_account_named(std::string_view name) {
  for (std::size_t i = 0; i < system_account_count; ++i) {
    if (name == names[i]) { return static_cast<system_account>(i); }
  }
  return std::nullopt;
}

}  // namespace plimsoll
