#include "host/venue/adl_policy.hpp"

#include <optional>

#include "host/text/decimal.hpp"
#include "plimsoll/limits.hpp"

namespace plimsoll {

namespace {

struct policy_name {
  const char* text;
  adl_policy_kind kind;
  bool takes_cap;
};
constexpr policy_name policy_names[] = {
    {"queue", adl_policy_kind::queue, false},
    {"pro_rata:size", adl_policy_kind::pro_rata_size, false},
    {"pro_rata:pnl", adl_policy_kind::pro_rata_pnl, false},
    {"pro_rata:notional", adl_policy_kind::pro_rata_notional, false},
    {"pro_rata:equity", adl_policy_kind::pro_rata_equity, false},
    {"capped", adl_policy_kind::capped, true},
    {"risk_aware", adl_policy_kind::risk_aware, true},
    {"min_max", adl_policy_kind::min_max, false},
};

}  // namespace

result<adl_policy> parse_adl_policy(std::string_view text) {
  for (const policy_name& name : policy_names) {
    if (text == name.text) { return adl_policy{name.kind}; }
    const std::string prefix = std::string(name.text) + ":";
    if (!name.takes_cap || !text.starts_with(prefix)) { continue; }
    decimal cap;
    const bool reads = parse_decimal(text.substr(prefix.size()), cap) == decimal_fault::none;
    const auto ppm = reads ? to_units(cap, 6) : std::nullopt;
    if (!ppm || *ppm <= 0 || *ppm > limits::ppm) {
      return error{error_code::usage, "the cap in policy \"" + std::string(text) +
                                          "\" must be above 0, at most 1, with at most six decimals"};
    }
    return adl_policy{name.kind, static_cast<std::uint32_t>(*ppm)};
  }
  std::string known;
  for (const policy_name& name : policy_names) {
    known += std::string(known.empty() ? "" : ", ") + name.text + (name.takes_cap ? "[:CAP]" : "");
  }
  return error{error_code::usage, "unknown ADL policy \"" + std::string(text) + "\"; known policies: " + known};
}

std::vector<adl_policy> all_adl_policies() {
  std::vector<adl_policy> all;
  for (const policy_name& name : policy_names) { all.push_back({name.kind}); }
  return all;
}

std::string to_string(const adl_policy& policy) {
  for (const policy_name& name : policy_names) {
    if (name.kind != policy.kind) { continue; }
    if (!name.takes_cap || policy.cap_ppm == limits::ppm) { return name.text; }
    decimal cap;
    (void)parse_decimal(format_units(policy.cap_ppm, 6), cap);
    return std::string(name.text) + ":" + format_decimal(cap);
  }
  return "";
}

}  // namespace plimsoll
