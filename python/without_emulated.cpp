// Replaces the emulated backend in a build without the emulated device.
#include "host/backend/device_backend.hpp"
#include "host/backend/device_tuning.hpp"

namespace plimsoll {

result<std::unique_ptr<backend>> make_emulated_backend() {
  return error{error_code::device_missing, "the Python module has no emulated device; the command has one"};
}

result<std::unique_ptr<backend>> make_tuned_emulated_backend(const device_tuning& /*tuned*/) {
  return make_emulated_backend();
}

}  // namespace plimsoll
