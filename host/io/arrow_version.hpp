// The version of Arrow C++ that is loaded, without its headers.
#pragma once

#include <string>

namespace plimsoll::io {

/// "23.0.1".
[[nodiscard]] std::string arrow_version();

}  // namespace plimsoll::io
