#include "host/api/c/arguments.hpp"

#include <limits>

#include "host/io/schema.hpp"
#include "host/io/text.hpp"
#include "host/text/decimal.hpp"

namespace plimsoll::c {

namespace {

/// The name of a customer in an update; blank if there is none.
std::string account_of(const char* from, const char* what) {
  const std::string_view name = optional_text(from, what);
  if (name.empty()) { return {}; }
  if (const char* const fault = io::fault_of_name(name)) { fail(PLIMSOLL_BAD_DATA, std::string(what) + " " + fault); }
  const auto& system = io::system_accounts;
  if (std::find(std::begin(system), std::end(system), name) != std::end(system)) {
    fail(PLIMSOLL_BAD_DATA, std::string(what) + " is a system account");
  }
  return std::string(name);
}

update update_of(const plimsoll_update& from) {
  update out;
  out.kind = choice_of(from.kind, update_kind::delist, "kind of an update");
  out.account = account_of(from.account, "account of an update");
  out.to = account_of(from.to, "`to` of an update");
  if (!out.to.empty() && out.to == out.account) { fail(PLIMSOLL_BAD_DATA, "`to` of an update is the same account"); }
  out.instrument = from.instrument;
  out.asset = from.asset;
  out.lots = {from.lots};
  out.price = decimal_of(from.price, "price of an update");
  out.amount = {from.amount};
  out.fee = {from.fee};
  out.rate = decimal_of(from.rate, "rate of an update");
  if (from.side != PLIMSOLL_NONE) { out.side = choice_of(from.side, position_side::short_side, "side of an update"); }
  if (from.margin_mode != PLIMSOLL_NONE) {
    out.mode = choice_of(from.margin_mode, margin_mode::isolated, "margin_mode of an update");
  }
  return out;
}

}  // namespace

std::string_view optional_text(const char* from, const char* what) {
  if (from == nullptr) { return {}; }
  const std::string_view text = from;
  if (io::find_invalid_utf8(text) != std::string_view::npos) {
    fail(PLIMSOLL_BAD_ARGUMENT, std::string(what) + " is not UTF-8");
  }
  return text;
}

std::string_view text_of(const char* from, const char* what) {
  if (from == nullptr) { fail(PLIMSOLL_BAD_ARGUMENT, std::string(what) + " is null"); }
  return optional_text(from, what);
}

plimsoll_int128 to_c(int128 number) {
  return {static_cast<std::uint64_t>(number), static_cast<std::int64_t>(number >> 64)};
}

plimsoll_decimal to_c(const decimal& number) { return {to_c(number.mantissa), number.scale, 0}; }

decimal decimal_of(const plimsoll_decimal& from, const char* what) {
  const auto high = static_cast<uint128>(static_cast<std::uint64_t>(from.mantissa.high));
  decimal out{static_cast<int128>((high << 64) | from.mantissa.low), from.scale};
  const int128 bound = power_of_ten(decimal_digits_max);
  if (out.scale < 0 || out.scale > decimal_digits_max || out.mantissa >= bound || out.mantissa <= -bound) {
    fail(PLIMSOLL_BAD_ARGUMENT, std::string(what) + " has more than 38 digits, or a scale that is not 0 to 38");
  }
  while (out.scale > 0 && out.mantissa % 10 == 0) {
    out.mantissa /= 10;
    --out.scale;
  }
  return out;
}

bool flag_of(std::int32_t number, const char* what) {
  if (number != 0 && number != 1) {
    fail(PLIMSOLL_BAD_ARGUMENT, std::string(what) + " is " + std::to_string(number) + ", but must be 0 or 1");
  }
  return number == 1;
}

std::vector<update> updates_of(const plimsoll_update* from, std::uint64_t count) {
  std::vector<update> out;
  if (count == 0) { return out; }
  check_struct(from, "the first update");
  const std::uint32_t stride = size_of(from);
  if (count > static_cast<std::uint64_t>(std::numeric_limits<std::ptrdiff_t>::max()) / stride) {
    fail(PLIMSOLL_BAD_ARGUMENT, std::to_string(count) + " updates are too many");
  }
  const auto* bytes = reinterpret_cast<const unsigned char*>(from);
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto* const one = reinterpret_cast<const plimsoll_update*>(bytes + i * stride);
    if (size_of(one) != stride) {
      fail(PLIMSOLL_BAD_ARGUMENT, "update " + std::to_string(i) + " does not have the struct_size of the first");
    }
    try {
      out.push_back(update_of(take(one, "an update")));
    } catch (failure& what) {
      what.detail = i;
      throw;
    }
  }
  return out;
}

std::uint32_t give_name(std::string_view name, char* to, std::uint64_t capacity) noexcept {
  if (to != nullptr && capacity > 0) {
    const auto length = std::min<std::size_t>(name.size(), static_cast<std::size_t>(capacity - 1));
    std::memcpy(to, name.data(), length);
    to[length] = 0;
  }
  return static_cast<std::uint32_t>(name.size());
}

}  // namespace plimsoll::c
