#include "host/cli/arguments.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <optional>
#include <utility>

#include <boost/program_options.hpp>
#include <fmt/format.h>

#include "host/compare/list_text.hpp"
#include "host/text/decimal.hpp"
#include "host/text/near_name.hpp"

namespace plimsoll::cli {

namespace {

namespace po = boost::program_options;

constexpr const char* operands_name = "operand of the command";  // No option can have this name.

error usage(const command_spec& command, std::string_view text) {
  return {error_code::usage, fmt::format("{}\nTry: plimsoll {} --help", text, command.name)};
}

po::options_description describe(const command_spec& command) {
  po::options_description all;
  for (const std::span<const option_spec> options : {command.options, common_options()}) {
    for (const option_spec& option : options) {
      std::string name(option.name);
      if (option.letter != 0) { name += std::string(",") + option.letter; }
      if (option.kind == option_kind::flag) {
        all.add_options()(name.c_str(), po::value<bool>()->zero_tokens()->implicit_value(true));
      } else {
        all.add_options()(name.c_str(), po::value<std::string>());
      }
    }
  }
  all.add_options()(operands_name, po::value<std::vector<std::string>>());
  return all;
}

std::string unknown_option(const command_spec& command, std::string written) {
  std::string name = written.substr(std::min(written.find_first_not_of('-'), written.size()));
  name = name.substr(0, name.find('='));
  std::vector<std::string_view> names;
  for (const option_spec& option : command.options) { names.push_back(option.name); }
  for (const option_spec& option : common_options()) { names.push_back(option.name); }
  const std::string near = nearest_name(name, names);
  // A name that begins with a dash: `explain venue -x`.
  const bool may_be_name = near.empty() && !written.starts_with("--") && !command.operands.empty();
  return fmt::format("{} has no option {}{}{}", command.name, written,
                     near.empty() ? std::string() : fmt::format("; did you mean --{}?", near),
                     may_be_name ? "; write -- before a name that begins with a dash" : "");
}

/// Millionths of a plain decimal with at most six decimals; nothing for any other text.
std::optional<std::int64_t> parse_millionths(std::string_view text) {
  decimal value;
  if (parse_decimal(text, value) != decimal_fault::none) { return std::nullopt; }
  const std::optional<int128> units = to_units(value, 6);
  constexpr int128 most = 1'000'000'000'000;
  if (!units || *units > most || *units < -most) { return std::nullopt; }
  return static_cast<std::int64_t>(*units);
}

/// "BOOK", "BOOK and ACCOUNT", "BOOK, A and B".
std::string operand_names(const command_spec& command) {
  std::string names;
  for (std::size_t i = 0; i < command.operands.size(); ++i) {
    names += fmt::format("{}{}",
                         i == 0                            ? ""
                         : i + 1 < command.operands.size() ? ", "
                                                           : " and ",
                         command.operands[i].name);
  }
  return names;
}

std::optional<std::string> check_operands(const command_spec& command, const std::vector<std::string>& operands) {
  if (operands.size() > command.operands.size()) {
    return fmt::format("unexpected operand {}: {} takes {}", operands[command.operands.size()], command.name,
                       command.operands.empty() ? "options only" : operand_names(command));
  }
  for (std::size_t i = 0; i < command.operands.size(); ++i) {
    if (i >= operands.size() && command.operands[i].required) {
      return fmt::format("{} needs {}", command.name, command.operands[i].name);
    }
    if (i < operands.size() && operands[i].empty()) { return fmt::format("{} is blank", command.operands[i].name); }
  }
  return std::nullopt;
}

bool is_choice(const option_spec& option, std::string_view text) {
  const std::vector<std::string_view> choices = split_list(option.choices, '|');
  return !text.empty() && std::find(choices.begin(), choices.end(), text) != choices.end();
}

/// "a|b" as "a, b".
std::string listed(std::string_view choices) {
  std::string list(choices);
  for (std::size_t at = 0; (at = list.find('|', at)) != std::string::npos; at += 2) { list.replace(at, 1, ", "); }
  return list;
}

/// An option that does nothing in this call, because none of the options that it needs was given.
std::optional<std::string> check_needs(const command_spec& command, const option_texts& seen,
                                       const option_texts& options) {
  for (const auto& [name, text] : seen) {
    const std::string_view needs = find_option(command, name)->needs;
    if (needs.empty()) { continue; }
    const std::vector<std::string_view> others = split_list(needs, '|');
    // A command may not have all of them: `convert` writes no page.
    const auto is_given = [&](std::string_view other) { return options.find(other) != options.end(); };
    if (std::any_of(others.begin(), others.end(), is_given)) { continue; }
    std::string list;
    for (const std::string_view other : others) {
      if (find_option(command, other) != nullptr) { list += fmt::format("{}--{}", list.empty() ? "" : " or ", other); }
    }
    return fmt::format("--{} needs {}, because alone it does nothing", name, list);
  }
  return std::nullopt;
}

}  // namespace

bool invocation::given(std::string_view option) const {
  assert(find_option(*command_, option) != nullptr);
  return options_.find(option) != options_.end();
}

std::string invocation::text(std::string_view option) const {
  const option_spec* spec = find_option(*command_, option);
  assert(spec != nullptr);
  const auto at = options_.find(option);
  return at == options_.end() ? std::string(spec->fallback) : at->second;
}

std::vector<std::string> invocation::items(std::string_view option) const {
  std::vector<std::string> out;
  const std::string list = text(option);
  if (list.empty()) { return out; }
  for (const std::string_view one : split_list(list, ',')) { out.emplace_back(one); }
  return out;
}

std::uint64_t invocation::count(std::string_view option) const { return parse_count(text(option)).value; }

std::int64_t invocation::millionths(std::string_view option) const {
  return parse_millionths(text(option)).value_or(0);
}

parsed_count parse_count(std::string_view text) {
  std::uint64_t unit = 1;
  if (!text.empty() && (text.back() == 'k' || text.back() == 'M')) {
    unit = text.back() == 'k' ? 1'000 : 1'000'000;
    text.remove_suffix(1);
  }
  std::uint64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size()) { return {}; }
  if (value > UINT64_MAX / unit) { return {}; }
  return {true, value * unit};
}

std::string fault_of(const option_spec& option, std::string_view text) {
  switch (option.kind) {
    case option_kind::flag: return {};
    case option_kind::text:
    case option_kind::file:
    case option_kind::folder: return text.empty() ? "is blank" : "";
    case option_kind::choice:
      return is_choice(option, text) ? std::string() : "is not one of " + listed(option.choices);
    case option_kind::list:
      for (const std::string_view one : split_list(text, ',')) {
        if (!is_choice(option, one)) {
          return fmt::format("has \"{}\", which is not one of {}", one, listed(option.choices));
        }
      }
      return {};
    case option_kind::count: {
      const parsed_count count = parse_count(text);
      if (!count.ok) { return "is not a whole number (10000, 10k or 1M)"; }
      if (count.value < option.least) { return fmt::format("is below {}", option.least); }
      if (count.value > option.most) { return fmt::format("is above {}", option.most); }
      return {};
    }
    case option_kind::share: {
      const std::optional<std::int64_t> share = parse_millionths(text);
      return share && *share >= 0 && *share <= 1'000'000 ? ""
                                                         : "is not a decimal from 0 to 1 with at most six decimals";
    }
    case option_kind::change: return parse_millionths(text) ? "" : "is not a decimal with at most six decimals";
  }
  return {};
}

result<invocation> parse_arguments(const command_spec& command, std::span<const std::string> arguments,
                                   const option_texts& defaults) {
  const po::options_description all = describe(command);
  po::positional_options_description places;
  places.add(operands_name, -1);
  // Whole names only: an abbreviation that works today could mean something else tomorrow.
  const int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;

  option_texts options = defaults;
  option_texts seen;
  std::vector<std::string> operands;
  try {
    const std::vector<std::string> list(arguments.begin(), arguments.end());
    const po::parsed_options parsed = po::command_line_parser(list).options(all).positional(places).style(style).run();
    for (const po::option& one : parsed.options) {
      if (one.string_key == operands_name) {
        operands.insert(operands.end(), one.value.begin(), one.value.end());
        continue;
      }
      const option_spec* spec = find_option(command, one.string_key);
      assert(spec != nullptr);
      const std::string text = spec->kind == option_kind::flag || one.value.empty() ? "true" : one.value.front();
      if (!seen.emplace(one.string_key, text).second && spec->kind != option_kind::flag) {
        return usage(command, fmt::format("--{} is given twice", one.string_key));
      }
    }
    if (seen.find("help") != seen.end()) { return invocation(command, std::move(seen), {}); }
    for (const auto& [name, text] : seen) { options.insert_or_assign(name, text); }
  } catch (const po::unknown_option& unknown) {
    return usage(command, unknown_option(command, unknown.get_option_name()));
  } catch (const po::error& other) { return usage(command, other.what()); }
  for (const auto& [name, text] : options) {
    const option_spec* spec = find_option(command, name);
    if (spec == nullptr) { continue; }
    if (const std::string fault = fault_of(*spec, text); !fault.empty()) {
      return usage(command, fmt::format("--{} \"{}\" {}", name, text, fault));
    }
  }
  if (const std::optional<std::string> fault = check_operands(command, operands)) { return usage(command, *fault); }
  if (const std::optional<std::string> fault = check_needs(command, seen, options)) { return usage(command, *fault); }
  return invocation(command, std::move(options), std::move(operands));
}

std::string config_path_in(std::span<const std::string> arguments) {
  constexpr std::string_view name = "--config";
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& one = arguments[i];
    if (one == "--") { break; }
    if (one == name) { return i + 1 < arguments.size() ? arguments[i + 1] : std::string(); }
    if (one.rfind("--config=", 0) == 0) { return one.substr(name.size() + 1); }
  }
  return {};
}

}  // namespace plimsoll::cli
