#include "host/import/export_files.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <variant>

namespace plimsoll::importing {

namespace {

namespace fs = std::filesystem;

/// True if `name` matches a pattern in which * matches any text.
bool matches(std::string_view pattern, std::string_view name) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) { return pattern == name; }
  if (!name.starts_with(pattern.substr(0, star))) { return false; }
  name.remove_prefix(star);
  pattern.remove_prefix(star + 1);
  for (std::size_t at = 0; at <= name.size(); ++at) {
    if (matches(pattern, name.substr(at))) { return true; }
  }
  return false;
}

/// Appends the columns of `other` to those of `rows`. A cell that an earlier file of the pattern filled is unchanged.
void add_columns(export_rows& rows, export_rows& other, std::size_t key, std::size_t other_key, const std::string& as) {
  other.columns.emplace_back("@found");
  other.cells.emplace_back(other.rows, "true");
  std::unordered_map<std::string_view, std::size_t> first;
  for (std::size_t row = 0; row < other.rows; ++row) { first.try_emplace(other.cells[other_key][row], row); }
  std::vector<std::size_t> place(rows.rows, SIZE_MAX);
  for (std::size_t row = 0; row < rows.rows; ++row) {
    const auto found = first.find(rows.cells[key][row]);
    if (found != first.end() && !rows.cells[key][row].empty()) { place[row] = found->second; }
  }
  for (std::size_t c = 0; c < other.columns.size(); ++c) {
    const std::string name = as + "." + other.columns[c];
    std::size_t at = rows.find(name);
    if (at == SIZE_MAX) {
      at = rows.columns.size();
      rows.columns.push_back(name);
      rows.cells.emplace_back(rows.rows);
    }
    for (std::size_t row = 0; row < rows.rows; ++row) {
      if (place[row] != SIZE_MAX && rows.cells[at][row].empty()) { rows.cells[at][row] = other.cells[c][place[row]]; }
    }
  }
}

}  // namespace

std::vector<fs::path> files_of(const fs::path& from, const std::string& pattern) {
  std::error_code ignored;
  if (!fs::is_directory(from, ignored)) { return {from}; }
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(from, ignored)) {
    const std::string name = entry.path().filename().string();
    if (matches(pattern, name) || matches(pattern + ".gz", name)) { out.push_back(entry.path()); }
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::string names_in(const fs::path& folder) {
  constexpr std::size_t names_max = 6;
  std::error_code ignored;
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    names.push_back(entry.path().filename().string());
  }
  if (names.empty()) { return "it is empty"; }
  std::sort(names.begin(), names.end());
  std::string out = "it holds ";
  for (std::size_t i = 0; i < std::min(names.size(), names_max); ++i) { out += (i == 0 ? "" : ", ") + names[i]; }
  return names.size() > names_max ? out + " and " + std::to_string(names.size() - names_max) + " more" : out;
}

result<std::monostate> join_rows(export_rows& rows, const fs::path& from, const joined_file& other,
                                 refusal_list& refusals) {
  const std::string& there = other.there.empty() ? other.on : other.there;
  const auto missing = [&](const std::string& file, const std::string& column) {
    refusals.add({file, 0, column, "", "is the column to join by, but is missing"});
  };
  if (rows.rows == 0) { return std::monostate{}; }
  const std::size_t key = rows.find(other.on);
  const std::vector<fs::path> files = files_of(from, other.from);
  if (files.empty()) {
    refusals.add({from.filename().string(), 0, "", "", "has no file " + other.from + ", which the map joins"});
    return std::monostate{};
  }
  if (key == SIZE_MAX) {
    missing(rows.file, other.on);
    return std::monostate{};
  }
  for (const fs::path& file : files) {
    auto read = read_export(file, {'\0', other.rows, false});
    if (!read) { return std::move(read).error(); }
    if (read.value().rows == 0) { continue; }
    const std::size_t other_key = read.value().find(there);
    if (other_key == SIZE_MAX) {
      missing(read.value().file, there);
    } else {
      add_columns(rows, read.value(), key, other_key, other.as);
    }
  }
  return std::monostate{};
}

}  // namespace plimsoll::importing
