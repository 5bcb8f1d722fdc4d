#include "bench/variants.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "bench/bench.hpp"

namespace plimsoll::bench {
namespace {

constexpr std::array variants{
    launch_variant{"plain", {}},
    launch_variant{"tile_blocks_2", {.tile_blocks = 2}},
    launch_variant{"tile_blocks_3", {.tile_blocks = 3}},
    launch_variant{"row_blocks_2", {.row_blocks = 2}},
    launch_variant{"row_lanes_4", {.row_lanes = 4}},
    launch_variant{"tables_in_caches", {.tables_in_shared = false}},
    launch_variant{"scores_by_side", {.scores_by_unit = false}},
};

}  // namespace

std::vector<std::string_view> variants_of_launches() {
  std::vector<std::string_view> names;
  for (const launch_variant& one : variants) { names.push_back(one.name); }
  return names;
}

result<launch_variant> variant_named(std::string_view name) {
  const auto found =
      std::find_if(variants.begin(), variants.end(), [&](const launch_variant& one) { return one.name == name; });
  if (found != variants.end()) { return *found; }
  std::string known;
  for (const launch_variant& one : variants) { known += (known.empty() ? "" : ", ") + std::string(one.name); }
  return error{error_code::usage, fmt::format("there is no variant \"{}\": {}", name, known)};
}

result<std::unique_ptr<backend>> make_variant(std::string_view backend_name, const launch_variant& variant) {
#if defined(PLIMSOLL_WITH_CUDA)
  if (backend_name == "cuda") { return make_tuned_cuda_backend(variant.tuned); }
#endif
  if (backend_name == "emulated") { return make_tuned_emulated_backend(variant.tuned); }
  return error{error_code::usage, fmt::format("variants are of a device's launches, and {} has none", backend_name)};
}

}  // namespace plimsoll::bench
