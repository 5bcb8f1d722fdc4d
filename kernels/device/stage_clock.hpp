// Times of a call's stages on the device, between events of its stream.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "host/backend/backend.hpp"
#include "kernels/device/runtime.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

/// Marks where stages end; reads the clock once the stream was waited for. Makes its events once.
class stage_clock {
 public:
  /// A clock for so many stages per call. Errors: device_fault, device_lost.
  static result<stage_clock> make(std::size_t stages_max);

  /// Begins a call; forgets the marks of the call before. Errors: device_fault, device_lost.
  status begin(const stream& on);
  /// Ends a stage that moved `bytes` with the work queued on `on` so far. Does not wait.
  status mark(const char* stage, std::uint64_t bytes, const stream& on);
  /// A recorded call has one stage. The graph marks its ends itself, so that its time excludes the host's. Call these
  /// for the first and the last of the recorded work, and after a launch for the stage's name.
  status record_begin(const stream& on) const;
  status record_end(const stream& on) const;
  void note(const char* stage, std::uint64_t bytes);
  /// Appends the stages to `times`. The stream must have been waited for.
  status read(std::vector<stage_time>& times) const;

 private:
  struct noted {
    const char* stage;
    std::uint64_t bytes;
  };
  std::vector<event> points_;
  std::vector<noted> stages_;
};

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
