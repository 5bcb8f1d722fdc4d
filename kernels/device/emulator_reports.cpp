// The reports on threads that do not meet, and the names of errors.
#include <bit>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "kernels/device/emulated_cuda.hpp"
#include "kernels/device/emulator_worker.hpp"

namespace plimsoll::emulated {
namespace {

// ------------------------------------------------------------------------------------------------ words

std::string_view name_of(meeting kind) {
  switch (kind) {
    case meeting::syncthreads: return "__syncthreads";
    case meeting::syncthreads_count: return "__syncthreads_count";
    case meeting::syncthreads_and: return "__syncthreads_and";
    case meeting::syncthreads_or: return "__syncthreads_or";
    case meeting::syncwarp: return "__syncwarp";
    case meeting::shuffle: return "__shfl_sync";
    case meeting::ballot: return "__ballot_sync";
    case meeting::match_any: return "__match_any_sync";
  }
  return "unknown";
}

std::string text_of(uint3 at) {
  return "(" + std::to_string(at.x) + "," + std::to_string(at.y) + "," + std::to_string(at.z) + ")";
}

std::string text_of_mask(unsigned mask) {
  char text[16];
  std::snprintf(text, sizeof text, "0x%08x", mask);
  return text;
}

bool is_block_wide(meeting kind) { return kind <= meeting::syncthreads_or; }

}  // namespace

std::string text_of(const std::source_location& where) {
  const std::string_view path = where.file_name();
  const auto slash = path.rfind('/');
  return std::string(slash == std::string_view::npos ? path : path.substr(slash + 1)) + ":" +
         std::to_string(where.line()) + ":" + std::to_string(where.column());
}

// ----------------------------------------------------------------------------------------------- reports

std::string worker::thread_text(unsigned id) const {
  return "thread " + text_of(index_of(id)) + " lane " + std::to_string(id % lanes_per_warp);
}

std::string worker::waiting_text(unsigned id) const {
  const thread_state& state = states_[id];
  return std::string(name_of(state.kind)) +
         (is_block_wide(state.kind) ? std::string() : " with mask " + text_of_mask(state.mask)) + " at " +
         text_of(state.where);
}

/// Names one thread that waits and one that it waits for.
std::string worker::stall_text() const {
  unsigned waiting = 0;
  while (exited(waiting)) { ++waiting; }
  const thread_state& state = states_[waiting];
  unsigned missing = nobody;
  for (unsigned id = 0; id < threads_ && missing == nobody; ++id) {
    if (is_block_wide(state.kind)) {
      if (exited(id) || !is_block_wide(states_[id].kind)) { missing = id; }
    } else {
      const group& with = warps_[waiting / lanes_per_warp].groups[state.slot];
      const bool wanted = (((with.mask & ~with.arrived) >> (id % lanes_per_warp)) & 1u) != 0;
      if (id / lanes_per_warp == waiting / lanes_per_warp && wanted) { missing = id; }
    }
  }
  std::string text = thread_text(waiting) + " waits in " + waiting_text(waiting);
  if (missing == nobody) { return text; }
  return text + ", but " + thread_text(missing) +
         (exited(missing) ? " has returned from the kernel" : " waits in " + waiting_text(missing));
}

std::string worker::divergence_text() const {
  const thread_state& state = states_[current_];
  const warp& team = warps_[current_ / lanes_per_warp];
  std::string text = "Invariant: threads diverged. Kernel launched at " + text_of(run_->launch.where) + ", block " +
                     text_of(blockIdx) + ": ";
  if (failure_ == divergence::stalled) { return text + stall_text() + "."; }
  text += thread_text(current_) + " calls " + waiting_text(current_);
  switch (failure_) {
    case divergence::other_barrier:
      return text + ", while others wait in " + std::string(name_of(kind_)) + " at " + text_of(where_) + ".";
    case divergence::own_lane_missing: return text + ", which leaves its own lane out.";
    case divergence::no_such_lane: return text + ", which names lanes that the block does not have.";
    case divergence::lane_exited:
      return text + ", which names lane " + std::to_string(std::countr_zero(state.mask & team.exited)) +
             ", but that has returned from the kernel.";
    case divergence::source_outside:
      return text + ", and reads lane " + std::to_string(team.source[current_ % lanes_per_warp]) +
             ", which the mask leaves out.";
    case divergence::other_collective: {
      const group& with = team.groups[state.slot];
      return text + ", while lanes of its warp wait in " + std::string(name_of(with.kind)) + " with that mask at " +
             text_of(with.where) + ".";
    }
    default: return text + ".";
  }
}

const char* cudaGetErrorName(cudaError_t error) {
  switch (error) {
    case cudaSuccess: return "cudaSuccess";
    case cudaErrorInvalidValue: return "cudaErrorInvalidValue";
    case cudaErrorMemoryAllocation: return "cudaErrorMemoryAllocation";
    case cudaErrorInvalidConfiguration: return "cudaErrorInvalidConfiguration";
    case cudaErrorInsufficientDriver: return "cudaErrorInsufficientDriver";
    case cudaErrorNoDevice: return "cudaErrorNoDevice";
    case cudaErrorInvalidDevice: return "cudaErrorInvalidDevice";
    case cudaErrorInvalidResourceHandle: return "cudaErrorInvalidResourceHandle";
    case cudaErrorNotReady: return "cudaErrorNotReady";
    case cudaErrorIllegalAddress: return "cudaErrorIllegalAddress";
    case cudaErrorLaunchOutOfResources: return "cudaErrorLaunchOutOfResources";
    case cudaErrorLaunchFailure: return "cudaErrorLaunchFailure";
    case cudaErrorStreamCaptureUnsupported: return "cudaErrorStreamCaptureUnsupported";
  }
  return "unrecognized error code";
}

const char* cudaGetErrorString(cudaError_t) { return "as the emulated device was configured"; }

}  // namespace plimsoll::emulated
