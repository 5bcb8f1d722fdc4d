#include "host/report/fork_page.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "host/report/page/figure_text.hpp"

namespace plimsoll {

std::size_t main_place(const reference_data& reference, const std::vector<const fork_outcome*>& forks) {
  if (forks.empty()) { return 0; }
  const std::vector<fork_figures>& assets = forks.front()->assets;
  std::vector<std::size_t> busy(assets.size(), 0);
  std::size_t own = 0;
  for (std::size_t place = 0; place < assets.size(); ++place) {
    if (assets[place].asset == reference.quote) { own = place; }
    busy[place] = static_cast<std::size_t>(std::count_if(forks.begin(), forks.end(), [&](const fork_outcome* one) {
      return one->assets[place].borne() != 0 || one->assets[place].beyond_fund();
    }));
  }
  const auto most = std::max_element(busy.begin(), busy.end());
  return most == busy.end() || *most == 0 || busy[own] != 0 ? own : static_cast<std::size_t>(most - busy.begin());
}

page_section section_without_contracts() {
  page_section out;
  out.id = "nothing";
  out.title = "No contracts";
  out.reading = "The book lists no contract, so there is no asset in which anything could be settled.";
  return out;
}

page_facts fork_run_facts(const page_json& run) {
  page_facts out{{"version", run.at("version").get<std::string>()},
                 {"threads", run.at("threads").dump()},
                 {"seconds", fmt::format("{:.3f}", run.at("seconds_total").get<double>())}};
  const page_json& forks = run.at("seconds_per_fork");
  if (forks.is_number()) { out.emplace_back("per fork", fmt::format("{:.3f} s", forks.get<double>())); }
  if (forks.is_object()) {
    for (const auto& one : forks.items()) {
      out.emplace_back(one.key(), fmt::format("{:.3f} s", one.value().get<double>()));
    }
  }
  return out;
}

page_table rows_of_asset(const table_source& source, const std::string& asset_name, std::size_t rows_max) {
  page_table all = first_rows(source, source.rows());
  const auto column = static_cast<std::size_t>(
      std::find_if(all.columns.begin(), all.columns.end(), [](const page_column& one) { return one.name == "asset"; }) -
      all.columns.begin());
  std::erase_if(all.rows, [&](const std::vector<std::string>& row) { return row[column] != asset_name; });
  all.rows_total = all.rows.size();
  all.rows.resize(std::min(all.rows.size(), rows_max));
  return all;
}

std::string rough_number(double value) {
  constexpr const char* suffixes[] = {"", "k", "M", "B", "T"};
  std::size_t group = 0;
  double size = std::abs(value);
  while (size >= 999.5 && group + 1 < std::size(suffixes)) {
    size /= 1000;
    ++group;
  }
  return fmt::format("{}{:.3g}{}", value < 0 ? "-" : "", size, suffixes[group]);
}

}  // namespace plimsoll
