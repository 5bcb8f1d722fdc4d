#include "host/cli/config_file.hpp"

#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "host/text/near_name.hpp"

namespace plimsoll::cli {

namespace {

/// Options that make no sense as a default.
bool may_be_set(const option_spec& option) {
  return option.name != "help" && option.name != "config" && option.name != "man";
}

/// The first command that has an option of that name, or null.
const command_spec* owner_of(std::string_view name) {
  for (const command_spec& command : commands()) {
    const option_spec* option = find_option(command, name);
    if (option != nullptr && may_be_set(*option)) { return &command; }
  }
  return nullptr;
}

/// An option that any command has under that name, or null.
const option_spec* find_anywhere(std::string_view name) {
  const command_spec* owner = owner_of(name);
  return owner != nullptr ? find_option(*owner, name) : nullptr;
}

class config_reader {
 public:
  config_reader(std::string_view file, const command_spec& command) : file_(file), command_(command) {}

  result<option_texts> read(const toml::table& root) {
    for (const auto& [key, node] : root) {
      if (node.is_table()) { continue; }
      PLIMSOLL_TRY(take(key, node, nullptr));
    }
    for (const auto& [key, node] : root) {
      if (!node.is_table()) { continue; }
      const command_spec* owner = find_command(key.str());
      if (owner == nullptr) { return unknown(key, "command"); }
      for (const auto& [inner, value] : *node.as_table()) { PLIMSOLL_TRY(take(inner, value, owner)); }
    }
    return std::move(texts_);
  }

 private:
  [[nodiscard]] error at(const toml::source_region& place, std::string_view text) const {
    return {error_code::usage, fmt::format("{}:{}: {}", file_, place.begin.line, text)};
  }

  [[nodiscard]] error unknown(const toml::key& key, std::string_view what, const command_spec* owner = nullptr) const {
    std::vector<std::string_view> names;
    for (const command_spec& one : commands()) {
      if (what == "command") { names.push_back(one.name); }
      if (what == "command" || (owner != nullptr && owner != &one)) { continue; }
      for (const option_spec& option : one.options) {
        if (may_be_set(option)) { names.push_back(option.name); }
      }
    }
    const std::string near = nearest_name(key.str(), names);
    return at(key.source(), fmt::format("there is no {} named {}{}", what, key.str(),
                                        near.empty() ? "" : fmt::format("; did you mean {}?", near)));
  }

  /// The value as it would be written on a command line.
  static std::optional<std::string> text_of(const toml::node& node) {
    if (const auto text = node.value_exact<std::string>()) { return *text; }
    if (const auto whole = node.value_exact<std::int64_t>()) { return fmt::format("{}", *whole); }
    if (const auto number = node.value_exact<double>()) {
      return fmt::format("{}", *number);
    }  // Shortest that reads back.
    return std::nullopt;
  }

  status take(const toml::key& key, const toml::node& node, const command_spec* owner) {
    const std::string_view name = key.str();
    const option_spec* option = owner != nullptr ? find_option(*owner, name) : find_anywhere(name);
    if (option == nullptr || !may_be_set(*option)) {
      if (owner == nullptr) { return unknown(key, "option"); }
      if (const command_spec* other = owner_of(name)) {
        return at(key.source(), fmt::format("{} has no option {}; {} has one", owner->name, name, other->name));
      }
      return unknown(key, fmt::format("option of {}", owner->name), owner);
    }
    const bool wanted = owner != nullptr ? owner == &command_ : find_option(command_, name) != nullptr;
    if (wanted) { option = find_option(command_, name); }
    std::string text;
    if (option->kind == option_kind::flag) {
      const auto set = node.value_exact<bool>();
      if (!set) { return at(node.source(), fmt::format("{} must be true or false", name)); }
      if (!*set) {
        if (wanted) { texts_.erase(std::string(name)); }
        return ok();
      }
      text = "true";
    } else {
      const std::optional<std::string> written = text_of(node);
      if (!written) {
        return at(node.source(), fmt::format("{} is not a text or number{}", name,
                                             node.is_array() ? ": write several values as one text, with commas" : ""));
      }
      text = *written;
      // A top-level value must be valid for this command only if the command has the option.
      const std::string fault = wanted || owner != nullptr ? fault_of(*option, text) : std::string();
      if (!fault.empty()) { return at(node.source(), fmt::format("{} \"{}\" {}", name, text, fault)); }
    }
    if (wanted) { texts_.insert_or_assign(std::string(name), text); }
    return ok();
  }

  std::string_view file_;
  const command_spec& command_;
  option_texts texts_;
};

}  // namespace

result<option_texts> read_config(std::string_view text, std::string_view file, const command_spec& command) {
  try {
    return config_reader(file, command).read(toml::parse(text, file));
  } catch (const toml::parse_error& failure) {
    return error{error_code::usage, fmt::format("{}:{}: {}", file, failure.source().begin.line, failure.description())};
  }
}

}  // namespace plimsoll::cli
