#include "host/io/text.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "host/io/schema.hpp"

namespace plimsoll::io {

namespace {

/// Length of the well-formed sequence at the start of `text` (not empty), or 0.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto continues = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned first = byte(0);
  const unsigned second = byte(1);
  if (first < 0x80) { return 1; }
  if (first >= 0xC2 && first <= 0xDF) { return continues(1) ? 2 : 0; }
  if (first >= 0xE0 && first <= 0xEF) {
    // No overlong forms (E0 80..9F), no surrogates (ED A0..BF).
    if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F)) { return 0; }
    return continues(1) && continues(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    if ((first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F)) { return 0; }
    return continues(1) && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::size_t find_invalid_utf8(std::string_view text) {
  constexpr std::uint64_t high_bits = 0x8080'8080'8080'8080ULL;
  std::size_t at = 0;
  while (at < text.size()) {
    std::uint64_t word = 0;
    if (at + sizeof word <= text.size()) {
      std::memcpy(&word, text.data() + at, sizeof word);
      if ((word & high_bits) == 0) {
        at += sizeof word;
        continue;
      }
    }
    const std::size_t length = sequence_length(text.substr(at, 4));
    if (length == 0) { return at; }
    at += length;
  }
  return std::string_view::npos;
}

std::string shown(std::string_view text) {
  constexpr int characters_max = 60;
  std::string out;
  int characters = 0;
  while (!text.empty()) {
    if (++characters > characters_max) { return out + "..."; }
    const std::size_t length = sequence_length(text.substr(0, 4));
    const auto first = static_cast<unsigned char>(text.front());
    if (length == 0 || first < 0x20 || first == 0x7F) {
      out += fmt::format("\\x{:02X}", first);
      text.remove_prefix(1);
    } else {
      out += text.substr(0, length);
      text.remove_prefix(length);
    }
  }
  return out;
}

const char* fault_of_name(std::string_view name) {
  if (name.empty()) { return "is empty"; }
  if (name.find('\0') != std::string_view::npos) { return "holds a NUL character"; }
  if (find_invalid_utf8(name) != std::string_view::npos) { return "is not UTF-8"; }
  return nullptr;
}

bool is_system_account(std::string_view name) {
  return std::find(std::begin(system_accounts), std::end(system_accounts), name) != std::end(system_accounts);
}

}  // namespace plimsoll::io
