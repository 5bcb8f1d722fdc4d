// The backend written like the design: sequential, one unit and one ladder at a time, everything sorted. It shares only
// the rules with the product; its purpose is to be obviously right.
#pragma once

#include <memory>

#include "host/backend/backend.hpp"

namespace plimsoll {

[[nodiscard]] std::unique_ptr<backend> make_naive_backend();

}  // namespace plimsoll
