#include "host/backend/cpu/vector_targets.hpp"

#include <cstdint>

#include "host/backend/cpu/vector_build.hpp"
#include "hwy/targets.h"

namespace plimsoll {
namespace {

struct named_target {
  std::string_view name;
  std::int64_t bit;
};

/// Best first. The last one is what this build was compiled for where nothing else is asked for.
constexpr named_target all_targets[] = {
    {"avx512", HWY_AVX3}, {"avx2", HWY_AVX2}, {"neon", HWY_NEON}, {"plain", HWY_SCALAR | HWY_EMU128}};

/// The targets that this build has and the processor can run.
std::int64_t runnable() {
  static const std::int64_t all = (hwy::SupportedTargets() | HWY_STATIC_TARGET) & HWY_TARGETS;
  return all;
}

}  // namespace

std::string_view vector_target() {
  const std::int64_t in_use = hwy::SupportedTargets() & HWY_TARGETS;
  for (const named_target& one : all_targets) {
    if ((in_use & one.bit) != 0) { return one.name; }
  }
  return "plain";
}

std::vector<std::string_view> vector_targets() {
  const std::int64_t all = runnable();
  std::vector<std::string_view> names;
  for (const named_target& one : all_targets) {
    if ((all & one.bit) != 0) { names.push_back(one.name); }
  }
  return names;
}

bool use_vector_target(std::string_view name) {
  const std::int64_t all = runnable();
  std::int64_t chosen = name.empty() ? all : 0;
  for (const named_target& one : all_targets) {
    if (one.name == name) { chosen = all & one.bit; }
  }
  if (chosen == 0) { return false; }
  hwy::SetSupportedTargetsForTest(name.empty() ? 0 : chosen);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  return true;
}

}  // namespace plimsoll
