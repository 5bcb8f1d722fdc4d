#include "plimsoll/version.hpp"

#include <string>
#include <string_view>

#include "host/io/arrow_version.hpp"

namespace plimsoll {

namespace {

/// True if `text` is "major.minor.patch".
constexpr bool spells(std::string_view text, int major, int minor, int patch) {
  const int parts[] = {major, minor, patch};
  for (int i = 0; i < 3; ++i) {
    int number = 0;
    std::size_t digits = 0;
    for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
      number = number * 10 + (text[digits] - '0');
    }
    if (digits == 0 || number != parts[i]) { return false; }
    text.remove_prefix(digits);
    if (i < 2 && !text.starts_with('.')) { return false; }
    text.remove_prefix(i < 2 ? 1 : 0);
  }
  return text.empty();
}
static_assert(spells(PLIMSOLL_VERSION, PLIMSOLL_VERSION_MAJOR, PLIMSOLL_VERSION_MINOR, PLIMSOLL_VERSION_PATCH),
              "config.hpp and version.h must have the same version");

}  // namespace

library_version version() {
  static const std::string arrow = io::arrow_version();  // The text is so short that it needs no allocation.
  library_version out;
  out.major = PLIMSOLL_VERSION_MAJOR;
  out.minor = PLIMSOLL_VERSION_MINOR;
  out.patch = PLIMSOLL_VERSION_PATCH;
  out.text = PLIMSOLL_VERSION;
  out.arrow = arrow.c_str();
#if defined(PLIMSOLL_WITH_CUDA)
  out.cuda = true;
#endif
  return out;
}

}  // namespace plimsoll
