// Reference data of a few contracts of one kind, for tests that build books by hand.
#pragma once

#include <cstdint>
#include <initializer_list>

#include "host/book/book.hpp"

namespace plimsoll {

/// Linear contracts with one tier of 1 % (IM 2 %). They settle in the last asset, which is the quote.
inline reference_data small_reference(std::initializer_list<const char*> assets,
                                      std::initializer_list<const char*> instruments,
                                      contract_rate rate = {1, 1, false}) {
  reference_data out;
  for (const char* name : assets) { out.assets.emplace_back().name = name; }
  out.quote = static_cast<std::uint32_t>(assets.size()) - 1;
  out.venue.quote = out.assets.back().name;
  for (const char* name : instruments) {
    instrument& it = out.instruments.emplace_back();
    it.name = name;
    it.base = 0;
    it.settle = out.quote;
    it.rate = rate;
    it.band_count = 1;
  }
  out.bands = {{0, 10'000, 20'000, 0}};
  return out;
}

}  // namespace plimsoll
