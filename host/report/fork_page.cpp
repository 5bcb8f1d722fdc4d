#include "host/report/fork_page.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "host/report/page/figure_text.hpp"

namespace plimsoll {

namespace {

/// For each asset the number of forks in which it has losses or ADL.
std::vector<std::size_t> busy_forks(const std::vector<const fork_outcome*>& forks) {
  std::vector<std::size_t> out(forks.empty() ? 0 : forks.front()->assets.size(), 0);
  for (std::size_t place = 0; place < out.size(); ++place) {
    out[place] = static_cast<std::size_t>(std::count_if(forks.begin(), forks.end(), [&](const fork_outcome* one) {
      return one->assets[place].borne() != 0 || one->assets[place].beyond_fund();
    }));
  }
  return out;
}

}  // namespace

std::size_t main_place(const reference_data& reference, const std::vector<const fork_outcome*>& forks) {
  const std::vector<std::size_t> busy = busy_forks(forks);
  if (busy.empty()) { return 0; }
  std::size_t own = 0;
  for (std::size_t place = 0; place < busy.size(); ++place) {
    if (forks.front()->assets[place].asset == reference.quote) { own = place; }
  }
  const auto most = std::max_element(busy.begin(), busy.end());
  return *most == 0 || busy[own] != 0 ? own : static_cast<std::size_t>(most - busy.begin());
}

std::vector<std::size_t> shown_places(const reference_data& reference, const std::vector<const fork_outcome*>& forks,
                                      std::size_t places_max) {
  const std::vector<std::size_t> busy = busy_forks(forks);
  if (busy.empty()) { return {}; }
  const std::size_t own = main_place(reference, forks);
  std::vector<std::size_t> out{own};
  for (std::size_t place = 0; place < busy.size(); ++place) {
    if (place != own && busy[place] != 0) { out.push_back(place); }
  }
  std::stable_sort(out.begin() + 1, out.end(), [&](std::size_t a, std::size_t b) { return busy[a] > busy[b]; });
  out.resize(std::min(out.size(), places_max));
  return out;
}

page_section section_without_contracts() {
  page_section out;
  out.id = "nothing";
  out.title = "No contracts";
  out.reading = "The book lists no contract, so there is no settlement asset.";
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

}  // namespace plimsoll
