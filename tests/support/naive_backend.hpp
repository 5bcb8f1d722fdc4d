// The backend written as the design reads: sequential, one unit and one ladder at a time, everything sorted. It shares
// the rules with the product and nothing else; what it is for is to be obviously right.
#pragma once

#include <memory>

#include "host/backend/backend.hpp"

namespace plimsoll {

[[nodiscard]] std::unique_ptr<backend> make_naive_backend();

}  // namespace plimsoll
