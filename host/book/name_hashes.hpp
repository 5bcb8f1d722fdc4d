// XXH64 of every name that digests contain. docs/design.md section 7, "Digests".
#pragma once

#include <cstdint>
#include <vector>

#include "host/book/book.hpp"
#include "kernels/rules/digest.hpp"

namespace plimsoll {

/// Makes the hashes of instruments' and units' names once. Accounts' hashes are made on request, one by one or all at
/// once.
class name_hashes {
 public:
  explicit name_hashes(const book& source);

  /// By instrument id.
  [[nodiscard]] std::uint64_t instrument(std::uint32_t id) const { return instruments_[id]; }
  [[nodiscard]] std::uint64_t asset(std::uint32_t id) const { return assets_[id]; }
  /// Of a unit's name, such as "cross:USDT".
  [[nodiscard]] std::uint64_t unit(unit_code code) const {
    return code.is_isolated() ? isolated_[segment_of(code.instrument(), code.side())] : cross_[code.asset()];
  }

 private:
  std::vector<std::uint64_t> instruments_;
  std::vector<std::uint64_t> assets_;
  std::vector<std::uint64_t> cross_;
  std::vector<std::uint64_t> isolated_;
};

[[nodiscard]] std::uint64_t hash_of_name(std::string_view name);

/// Hashes of all accounts by id, made in parallel.
[[nodiscard]] std::vector<std::uint64_t> account_hashes(const book& source);

/// The record of a margin-called unit in a tick's digest.
[[nodiscard]] inline std::uint64_t call_hash(std::uint64_t account, std::uint64_t unit) {
  return record_hash(record::tick_unit, account, unit, unit_state::margin_call, 0);
}

}  // namespace plimsoll
