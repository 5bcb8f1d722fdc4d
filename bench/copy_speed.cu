// The copy on a GPU: the speed of the driver's own device-to-device copy.
#include <utility>

#include "bench/copy_speed.hpp"
#include "kernels/device/runtime.hpp"

namespace plimsoll::bench {
namespace {

using namespace PLIMSOLL_DEVICE_NS;  // NOLINT(google-build-using-namespace)

class device_copy final : public copy_speed {
 public:
  device_copy(stream on, event begin, event end, device_buffer<char> from, device_buffer<char> to)
      : on_(std::move(on)),
        begin_(std::move(begin)),
        end_(std::move(end)),
        from_(std::move(from)),
        to_(std::move(to)) {}

  result<double> once() override {
    PLIMSOLL_TRY(begin_.record(on_));
    PLIMSOLL_TRY(copy_on_device<char>(to_.view(), from_.view(), on_));
    PLIMSOLL_TRY(end_.record(on_));
    PLIMSOLL_TRY(end_.synchronize());
    auto spent = elapsed_ms(begin_, end_);
    if (!spent) { return std::move(spent).error(); }
    return 2e-6 * static_cast<double>(from_.count()) / static_cast<double>(spent.value());
  }

 private:
  stream on_;
  event begin_;
  event end_;
  device_buffer<char> from_;
  device_buffer<char> to_;
};

}  // namespace

result<std::unique_ptr<copy_speed>> make_device_copy(std::size_t bytes) {
  auto on = stream::make();
  if (!on) { return std::move(on).error(); }
  auto begin = event::make();
  if (!begin) { return std::move(begin).error(); }
  auto end = event::make();
  if (!end) { return std::move(end).error(); }
  auto from = device_buffer<char>::make(bytes);
  if (!from) { return std::move(from).error(); }
  auto to = device_buffer<char>::make(bytes);
  if (!to) { return std::move(to).error(); }
  PLIMSOLL_TRY(fill_bytes(from.value().view(), 1, on.value()));
  PLIMSOLL_TRY(on.value().synchronize());
  return std::unique_ptr<copy_speed>(new device_copy(std::move(on).value(), std::move(begin).value(),
                                                     std::move(end).value(), std::move(from).value(),
                                                     std::move(to).value()));
}

}  // namespace plimsoll::bench
