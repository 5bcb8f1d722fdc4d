#include "host/io/arrow_version.hpp"

#include <arrow/config.h>

namespace plimsoll::io {

std::string arrow_version() { return arrow::GetBuildInfo().version_string; }

}  // namespace plimsoll::io
