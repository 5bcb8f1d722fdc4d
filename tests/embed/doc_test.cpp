// docs/embedding.md against the library: every function of plimsoll.h, every column of the returned tables.
#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>
#include <string>

#include <arrow/type.h>

#include "tests/embed/c_book.hpp"

namespace plimsoll {
namespace {

std::string text_of(const char* file) {
  std::ifstream in(std::string(PLIMSOLL_SOURCE_DIR) + "/" + file);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// The first two cells of each row of the table under a heading.
std::string columns_in(const std::string& page, const std::string& heading) {
  const std::size_t at = page.find("### `" + heading + "`");
  EXPECT_NE(at, std::string::npos) << heading;
  const std::size_t begin = page.find("|---|", at);
  std::istringstream lines(page.substr(begin, page.find("\n\n", begin) - begin));
  std::string out, line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    out += line.substr(0, line.find('|', line.find('|', line.find('|') + 1) + 1) + 1) + "\n";
  }
  return out;
}
std::string columns_of(ArrowArrayStream& stream) {
  const auto table = table_of(stream);
  std::string out;
  for (const auto& field : table->schema()->fields()) {
    std::string type = "?";
    switch (field->type()->id()) {
      case arrow::Type::STRING: type = "text"; break;
      case arrow::Type::DECIMAL128: type = "decimal"; break;
      case arrow::Type::INT64: type = "integer"; break;
      case arrow::Type::DOUBLE: type = "double"; break;
      case arrow::Type::BOOL: type = "boolean"; break;
      default: break;
    }
    out += "| `" + field->name() + "` | " + type + " |\n";
  }
  return out;
}

TEST(embedding_page, names_every_function) {
  const std::string page = text_of("docs/embedding.md");
  const std::string header = text_of("include/plimsoll/plimsoll.h");
  const std::regex declared(R"((?:plimsoll_status|const char\*) (plimsoll_[a-z_]+)\()");
  int count = 0;
  for (std::sregex_iterator at(header.begin(), header.end(), declared), end; at != end; ++at, ++count) {
    EXPECT_NE(page.find("`" + (*at)[1].str() + "`"), std::string::npos) << (*at)[1];
  }
  EXPECT_GT(count, 25);
}

TEST(embedding_page, lists_every_column) {
  const std::string page = text_of("docs/embedding.md");
  const c_scanner scan;
  ASSERT_EQ(scan.load(first_venue()), PLIMSOLL_OK);
  plimsoll_executor acting = 0;
  ASSERT_EQ(plimsoll_executor_open(scan, nullptr, &acting), PLIMSOLL_OK);
  ArrowArrayStream flagged, cover, demand, totals, held, notes, events, flows, units, positions;
  auto found = sized<plimsoll_tick>();
  found.flagged = &flagged;
  found.cover = &cover;
  found.notes = &notes;
  found.demand = &demand;
  found.totals = &totals;
  found.held_table = &held;
  auto done = sized<plimsoll_execution>();
  done.events = &events;
  done.flows = &flows;
  ASSERT_EQ(plimsoll_executor_run(acting, 1, nullptr, &found, &done), PLIMSOLL_OK) << last_error().message;
  ASSERT_EQ(plimsoll_scanner_account(scan, "bob", 0, &units, &positions), PLIMSOLL_OK);
  EXPECT_EQ(columns_in(page, "flagged"), columns_of(flagged));
  EXPECT_EQ(columns_in(page, "cover"), columns_of(cover));
  EXPECT_EQ(columns_in(page, "demand"), columns_of(demand));
  EXPECT_EQ(columns_in(page, "totals"), columns_of(totals));
  EXPECT_EQ(columns_in(page, "held"), columns_of(held));
  EXPECT_EQ(columns_in(page, "notes"), columns_of(notes));
  EXPECT_EQ(columns_in(page, "events"), columns_of(events));
  EXPECT_EQ(columns_in(page, "flows"), columns_of(flows));
  EXPECT_EQ(columns_in(page, "units"), columns_of(units));
  EXPECT_EQ(columns_in(page, "positions"), columns_of(positions));
  EXPECT_EQ(plimsoll_executor_close(acting), PLIMSOLL_OK);
}

}  // namespace
}  // namespace plimsoll
