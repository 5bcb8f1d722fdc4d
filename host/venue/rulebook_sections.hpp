// Reads the sections that a rulebook and a venue share, key by key, over existing values.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "host/venue/toml_source.hpp"
#include "host/venue/venue.hpp"

namespace plimsoll {

/// Reads [margin], [liquidation], [market], [backstop], [fund], [adl] and [socialise] into a venue_config. A key that a
/// text omits keeps its value, which is that of the rulebook that the venue follows.
class rulebook_sections {
 public:
  rulebook_sections(toml_source& source, venue_config& target) : source_(source), target_(target) {}

  /// Reads a top-level key if it is one of the sections; returns whether it is.
  bool read(std::string_view key, const toml::node& value);

  /// Refuses contradictions, and keys of this text that would have no effect. Call it after everything is read.
  void check();

 private:
  bool read_margin(std::string_view key, const toml::node& value);
  void read_dust(const toml::node& value);
  bool read_liquidation(std::string_view key, const toml::node& value);
  bool read_market(std::string_view key, const toml::node& value);
  bool read_backstop(std::string_view key, const toml::node& value);
  bool read_fund(std::string_view key, const toml::node& value);
  bool read_adl(std::string_view key, const toml::node& value);
  bool read_socialise(std::string_view key, const toml::node& value);
  /// Reads a section `name` of amounts by name; ignores a value that is not a section.
  void read_amounts(std::string_view name, const toml::node& value, std::map<std::string, decimal>& out);
  /// Seconds, from `least` to 10^9, in nanoseconds.
  void read_duration(std::string_view key, const toml::node& value, std::int64_t least_ns, std::int64_t& out);
  void refuse_ticks(std::string_view key, const toml::node& value, std::string_view now_called);

  void check_liquidation();
  void check_fund();
  void check_losses_are_borne();
  /// Refuses keys of this text that are used only if `condition` is true, if it is not.
  void only_where(bool condition, std::initializer_list<std::string_view> keys, std::string_view condition_text);

  toml_source& source_;
  venue_config& target_;
};

}  // namespace plimsoll
