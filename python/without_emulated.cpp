// What the command asks for with --backend emulated, where there is no emulated device.
#include "host/backend/device_backend.hpp"

namespace plimsoll {

result<std::unique_ptr<backend>> make_emulated_backend() {
  return error{error_code::device_missing, "the Python module has no emulated device; the command has one"};
}

}  // namespace plimsoll
