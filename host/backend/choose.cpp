#include "host/backend/choose.hpp"

#include <utility>

#include <fmt/format.h>

namespace plimsoll {
namespace {

std::string gibibytes(std::uint64_t bytes) {
  return fmt::format("{:.1f} GiB", static_cast<double>(bytes) / (1024.0 * 1024.0 * 1024.0));
}

/// The CUDA backend with the reason for it, or the reason why it is not usable.
result<backend_choice> choose_cuda(std::uint64_t device_bytes, const linked_devices& devices) {
  if (devices.make_cuda == nullptr) { return error{error_code::device_missing, "built without CUDA"}; }
  auto facts = devices.cuda_facts();
  if (!facts) { return std::move(facts).error(); }
  if (facts.value().memory_free < device_bytes) {
    return error{error_code::device_memory, fmt::format("too little device memory: needs {} of {} free",
                                                        gibibytes(device_bytes), gibibytes(facts.value().memory_free))};
  }
  auto machine = devices.make_cuda();
  if (!machine) { return std::move(machine).error(); }
  return backend_choice{std::move(machine).value(),
                        fmt::format("cuda on {}, {} free", facts.value().name, gibibytes(facts.value().memory_free))};
}

}  // namespace

std::uint64_t device_bytes_needed(const book& source) {
  // Both resident copies, published figures, keys, and the double buffers of a full sort.
  constexpr std::uint64_t unit_bytes = 112;
  constexpr std::uint64_t position_bytes = 88;
  constexpr std::uint64_t collateral_bytes = 10;
  constexpr std::uint64_t segment_bytes = 32 * 1024;  // Histograms of the select.
  constexpr std::uint64_t fixed_bytes = std::uint64_t{64} << 20;
  return source.units.size() * unit_bytes + source.positions.size() * position_bytes +
         source.collateral.amount.size() * collateral_bytes + source.sides.segments() * segment_bytes + fixed_bytes;
}

result<backend_choice> choose_backend(std::string_view name, int threads, std::uint64_t device_bytes,
                                      const linked_devices& devices) {
  if (name == "cpu") { return backend_choice{make_cpu_backend(threads), "cpu, as asked for"}; }
  if (name == "emulated") {
    if (devices.make_emulated == nullptr) {
      return error{error_code::device_missing, "built without the emulated device"};
    }
    auto machine = devices.make_emulated();
    if (!machine) { return std::move(machine).error(); }
    return backend_choice{std::move(machine).value(), "emulated, as asked for"};
  }
  if (name != "cuda" && name != "best") {
    return error{error_code::usage, fmt::format("there is no backend \"{}\": take cpu, cuda or best", name)};
  }
  auto cuda = choose_cuda(device_bytes, devices);
  if (cuda || name == "cuda") { return cuda; }
  return backend_choice{make_cpu_backend(threads),
                        fmt::format("cpu, as there is no usable GPU ({})", cuda.error().message)};
}

result<std::unique_ptr<backend>> make_backend(std::string_view name, int threads, const linked_devices& devices) {
  auto choice = choose_backend(name, threads, 0, devices);
  if (!choice) { return std::move(choice).error(); }
  return std::move(choice.value().machine);
}

}  // namespace plimsoll
