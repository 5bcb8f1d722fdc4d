// Launches of a device that a bench tries one after the other: the results are the same, the times differ.
#pragma once

#include <memory>
#include <string_view>

#include "host/backend/backend.hpp"
#include "host/backend/device_tuning.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll::bench {

/// One of them.
struct launch_variant {
  std::string_view name;
  device_tuning tuned;
};

/// The one of that name. Error: usage where there is none.
[[nodiscard]] result<launch_variant> variant_named(std::string_view name);

/// A backend with these launches. Errors: usage for a backend that is not a device; device_missing.
[[nodiscard]] result<std::unique_ptr<backend>> make_variant(std::string_view backend_name,
                                                            const launch_variant& variant);

}  // namespace plimsoll::bench
