// A venue through the C++ interface, and through the C interface from a folder and from tables in memory:
//
//     ways BOOK TICKS UPDATES|- OUT
//
// Prints a line of digests per way, and writes the legs of every plan as OUT/WAY.csv and the last state as OUT/WAY.
#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <arrow/c/bridge.h>
#include <arrow/csv/api.h>
#include <arrow/io/api.h>
#include <arrow/scalar.h>
#include <arrow/table.h>
#include <arrow/type.h>

#include "plimsoll/executor.hpp"
#include "plimsoll/plimsoll.h"
#include "plimsoll/scanner.hpp"

namespace {

namespace fs = std::filesystem;
using rows = std::shared_ptr<arrow::Table>;

[[noreturn]] void stop(const std::string& why) {
  std::fprintf(stderr, "ways: %s\n", why.c_str());
  std::exit(1);
}
template <class T>
T must(arrow::Result<T> made) {
  if (!made.ok()) { stop(made.status().ToString()); }
  return std::move(made).ValueUnsafe();
}
void must(const arrow::Status& outcome) {
  if (!outcome.ok()) { stop(outcome.ToString()); }
}
template <class T>
T must(plimsoll::result<T> made) {
  if (!made) { stop(made.error().message); }
  return std::move(made).value();
}
void must(plimsoll_status outcome) {
  if (outcome == PLIMSOLL_OK) { return; }
  plimsoll_error why{};
  why.struct_size = sizeof why;
  (void)plimsoll_last_error(&why);
  stop(std::string(why.call) + ": " + why.message);
}

/// A CSV file as columns of text; a blank cell is null.
rows read_csv(const fs::path& path) {
  std::ifstream file(path);
  std::string header;
  std::getline(file, header);
  auto convert = arrow::csv::ConvertOptions::Defaults();
  std::string name;
  for (const char c : header + ",") {
    if (c != ',') {
      name += c;
    } else {
      convert.column_types[name] = arrow::utf8();
      name.clear();
    }
  }
  convert.strings_can_be_null = true;
  convert.null_values = {""};
  const auto input = must(arrow::io::ReadableFile::Open(path.string()));
  auto parse = arrow::csv::ParseOptions::Defaults();
  parse.newlines_in_values = true;
  const auto reader = must(arrow::csv::TableReader::Make(arrow::io::default_io_context(), input,
                                                         arrow::csv::ReadOptions::Defaults(), parse, convert));
  return must(must(reader->Read())->CombineChunks());
}

/// Rows by their column `tick`, which is taken off.
std::map<std::int64_t, rows> by_tick(const rows& all) {
  std::map<std::int64_t, std::pair<std::int64_t, std::int64_t>> spans;
  const int column = all->schema()->GetFieldIndex("tick");
  for (std::int64_t row = 0; row < all->num_rows(); ++row) {
    const std::int64_t tick = std::stoll(must(all->column(column)->GetScalar(row))->ToString());
    auto& span = spans.try_emplace(tick, row, row).first->second;
    if (span.second != row) { stop("rows of a tick are not together"); }
    span.second = row + 1;
  }
  const rows rest = must(all->RemoveColumn(column));
  std::map<std::int64_t, rows> out;
  for (const auto& [tick, span] : spans) { out[tick] = rest->Slice(span.first, span.second - span.first); }
  return out;
}

ArrowArrayStream stream_of(const rows& table) {
  ArrowArrayStream out;
  must(arrow::ExportRecordBatchReader(std::make_shared<arrow::TableBatchReader>(table), &out));
  return out;
}
rows table_of(ArrowArrayStream& stream) { return must(must(arrow::ImportRecordBatchReader(&stream))->ToTable()); }

/// One way into the library.
class way {
 public:
  virtual ~way() = default;
  virtual std::uint64_t opening_digest() = 0;  ///< Of a tick before the executor is there.
  virtual void act() = 0;                      ///< From now on an executor acts.
  virtual void apply(const rows& updates) = 0;
  virtual std::uint64_t run(std::int64_t tick, const rows& marks, rows& events) = 0;  ///< Digest of the tick.
  virtual std::uint64_t state_digest() = 0;
  virtual void snapshot(const std::string& folder) = 0;
};

class way_of_cpp final : public way {
 public:
  explicit way_of_cpp(const fs::path& book) : book_(book.string()) { must(scan_.load(book_)); }
  std::uint64_t opening_digest() override {
    plimsoll::scanner other = must(plimsoll::scanner::make({.backend = "cpu", .threads = 1}));
    must(other.load(book_));
    must(other.tick({}, found_));
    return found_.tick_digest;
  }
  void act() override { acting_.emplace(must(plimsoll::executor::make(scan_, {}))); }
  void apply(const rows& updates) override {
    ArrowArrayStream stream = stream_of(updates);
    const auto read = must(scan_.read_updates(stream));
    if (must(scan_.apply(read)) != read.size()) { stop("an update was not applied"); }
  }
  std::uint64_t run(std::int64_t tick, const rows& marks, rows& events) override {
    std::vector<plimsoll::mark_update> read;
    if (marks != nullptr) {
      ArrowArrayStream stream = stream_of(marks);
      read = must(scan_.read_marks(stream));
    }
    must(acting_->run(tick, read, found_, done_));
    ArrowArrayStream legs;
    must(acting_->export_events(done_, legs));
    events = table_of(legs);
    return found_.tick_digest;
  }
  std::uint64_t state_digest() override { return scan_.state_digest(); }
  void snapshot(const std::string& folder) override { must(scan_.snapshot(folder)); }

 private:
  std::string book_;
  plimsoll::scanner scan_ = must(plimsoll::scanner::make({.backend = "cpu", .threads = 1}));
  std::optional<plimsoll::executor> acting_;
  plimsoll::tick_result found_;
  plimsoll::execution done_;
};

class way_of_c final : public way {
 public:
  using loader = std::function<void(plimsoll_scanner)>;
  explicit way_of_c(loader load) : load_(std::move(load)), scan_(open()) {}
  ~way_of_c() override {
    must(plimsoll_executor_close(acting_));
    must(plimsoll_scanner_close(scan_));
  }
  way_of_c(const way_of_c&) = delete;
  way_of_c& operator=(const way_of_c&) = delete;

  std::uint64_t opening_digest() override {
    const plimsoll_scanner other = open();
    plimsoll_tick found{};
    found.struct_size = sizeof found;
    must(plimsoll_scanner_tick(other, nullptr, &found));
    must(plimsoll_scanner_close(other));
    return found.digest;
  }
  void act() override { must(plimsoll_executor_open(scan_, nullptr, &acting_)); }
  void apply(const rows& updates) override {
    ArrowArrayStream stream = stream_of(updates);
    std::uint64_t applied = 0;
    must(plimsoll_scanner_apply_table(scan_, &stream, &applied));
    if (applied != static_cast<std::uint64_t>(updates->num_rows())) { stop("an update was not applied"); }
  }
  std::uint64_t run(std::int64_t tick, const rows& marks, rows& events) override {
    plimsoll_marks given{};
    given.struct_size = sizeof given;
    ArrowArrayStream stream, legs;
    if (marks != nullptr) {
      stream = stream_of(marks);
      given.table = &stream;
    }
    plimsoll_tick found{};
    found.struct_size = sizeof found;
    plimsoll_execution done{};
    done.struct_size = sizeof done;
    done.events = &legs;
    must(plimsoll_executor_run(acting_, tick, &given, &found, &done));
    events = table_of(legs);
    return found.digest;
  }
  std::uint64_t state_digest() override {
    std::uint64_t out = 0;
    must(plimsoll_scanner_state_digest(scan_, &out));
    return out;
  }
  void snapshot(const std::string& folder) override { must(plimsoll_scanner_snapshot(scan_, folder.c_str())); }

 private:
  plimsoll_scanner open() {
    plimsoll_scanner_options options{};
    options.struct_size = sizeof options;
    options.backend = "cpu";
    options.threads = 1;
    plimsoll_scanner out = 0;
    must(plimsoll_scanner_open(&options, &out));
    load_(out);
    return out;
  }

  loader load_;
  plimsoll_scanner scan_;
  plimsoll_executor acting_ = 0;
};

/// The tables of a book folder, as streams.
void load_tables(const fs::path& book, plimsoll_scanner scan) {
  std::ifstream file(book / "venue.toml");
  const std::string toml((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  std::vector<std::string> names;
  std::vector<ArrowArrayStream> streams;
  for (const auto& entry : fs::directory_iterator(book)) {
    if (entry.path().extension() != ".csv") { continue; }
    names.push_back(entry.path().stem().string());
    streams.push_back(stream_of(read_csv(entry.path())));
  }
  std::vector<plimsoll_table> tables;
  for (std::size_t i = 0; i < names.size(); ++i) { tables.push_back({names[i].c_str(), &streams[i]}); }
  must(plimsoll_scanner_load_tables(scan, toml.c_str(), tables.data(), tables.size()));
}

void write_events(const std::vector<rows>& parts, const fs::path& to) {
  const auto out = must(arrow::io::FileOutputStream::Open(to.string()));
  must(arrow::csv::WriteCSV(*must(arrow::ConcatenateTables(parts)), arrow::csv::WriteOptions::Defaults(), out.get()));
  must(out->Close());
}

void take(way& by, const char* name, const std::map<std::int64_t, rows>& ticks,
          const std::map<std::int64_t, rows>& updates, const fs::path& out) {
  std::printf("%s %016" PRIx64, name, by.opening_digest());
  by.act();
  std::vector<rows> events;
  for (const auto& [tick, marks] : ticks) {
    if (const auto at = updates.find(tick); at != updates.end()) { by.apply(at->second); }
    std::printf(" %016" PRIx64, by.run(tick, marks, events.emplace_back()));
  }
  std::printf(" %016" PRIx64 "\n", by.state_digest());
  write_events(events, out / (std::string(name) + ".csv"));
  by.snapshot((out / name).string());
}

}  // namespace

int main(int count, char** words) {
  if (count != 5) { stop("BOOK TICKS UPDATES|- OUT"); }
  const fs::path book = words[1], out = words[4];
  auto ticks = by_tick(read_csv(words[2]));
  const bool changes = std::string(words[3]) != "-";
  const auto updates = changes ? by_tick(read_csv(words[3])) : std::map<std::int64_t, rows>{};
  for (const auto& [tick, rest] : updates) { ticks.try_emplace(tick, nullptr); }
  fs::create_directories(out);
  {
    way_of_cpp by(book);
    take(by, "cpp", ticks, updates, out);
  }
  {
    way_of_c by([&](plimsoll_scanner scan) { must(plimsoll_scanner_load(scan, book.c_str())); });
    take(by, "c_folder", ticks, updates, out);
  }
  way_of_c by([&](plimsoll_scanner scan) { load_tables(book, scan); });
  take(by, "c_tables", ticks, updates, out);
  return 0;
}
