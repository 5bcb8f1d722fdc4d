#include "host/book/name_hashes.hpp"

#include <oneapi/tbb/parallel_for.h>
#include <xxhash.h>

namespace plimsoll {

std::uint64_t hash_of_name(std::string_view name) { return XXH64(name.data(), name.size(), 0); }

name_hashes::name_hashes(const book& source) {
  for (std::uint32_t a = 0; a < source.reference.assets.size(); ++a) {
    assets_.push_back(hash_of_name(source.reference.assets[a].name));
    cross_.push_back(hash_of_name(source.unit_name(unit_code::cross(a))));
  }
  for (std::uint32_t i = 0; i < source.reference.instruments.size(); ++i) {
    instruments_.push_back(hash_of_name(source.reference.instruments[i].name));
    for (const position_side side : {position_side::long_side, position_side::short_side}) {
      isolated_.push_back(hash_of_name(source.unit_name(unit_code::isolated(i, side))));
    }
  }
}

std::vector<std::uint64_t> account_hashes(const book& source) {
  std::vector<std::uint64_t> hashes(source.accounts.size());
  oneapi::tbb::parallel_for(std::uint32_t{0}, source.accounts.size(),
                            [&](std::uint32_t id) { hashes[id] = hash_of_name(source.accounts[id]); });
  return hashes;
}

}  // namespace plimsoll
