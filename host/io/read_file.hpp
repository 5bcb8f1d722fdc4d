// Reads the whole content of a file.
#pragma once

#include <filesystem>
#include <string>

#include "plimsoll/result.hpp"

namespace plimsoll::io {

/// The whole content of a file or pipe, or an error of code io with path and cause.
[[nodiscard]] result<std::string> read_file(const std::filesystem::path& path);

}  // namespace plimsoll::io
