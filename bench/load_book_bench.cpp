// A book folder read, checked and assembled: from Parquet and from CSV. Files come from the page cache after the first
// read, so this is the speed of reading and not of a disk.
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <vector>

#include "bench/digests.hpp"
#include "bench/stage.hpp"
#include "host/generate/book_tables.hpp"
#include "host/io/load_book.hpp"
#include "host/io/write_book.hpp"

namespace plimsoll::bench {
namespace {

std::filesystem::path folder_of(const subject& on, table_format format) { return on.scratch / to_string(format); }

/// The subject's book as files: generated again, or the given folder converted.
status write_files(subject& on, table_format format) {
  const std::filesystem::path folder = folder_of(on, format);
  std::error_code failure;
  std::filesystem::remove_all(folder, failure);
  std::filesystem::create_directories(folder, failure);
  if (failure) { return error{error_code::io, folder.string() + " could not be made: " + failure.message()}; }
  write_options how;
  how.threads = on.threads;
  if (!on.recipe) {
    refusal_list refusals;
    return convert_book(on.folder, folder, format, refusals, how);
  }
  auto made = generate_rows(*on.recipe);
  if (!made) { return std::move(made).error(); }
  return write_book(folder, {venue_toml_of(made.value().reference.venue)}, make_book_tables(made.value()), format, how);
}

std::uint64_t bytes_in(const std::filesystem::path& folder) {
  std::uint64_t bytes = 0;
  std::error_code ignored;
  for (const auto& file : std::filesystem::directory_iterator(folder, ignored)) { bytes += file.file_size(ignored); }
  return bytes;
}

result<sample> run(subject& on, table_format format) {
  const std::filesystem::path folder = folder_of(on, format);
  load_options how;
  how.threads = on.threads;
  refusal_list refusals;
  const stopwatch watch;
  auto source = load_book(folder, how, refusals);
  const double spent = watch.seconds();
  if (!source) { return std::move(source).error(); }
  on.digest = digest_of_book(source.value());
  return sample{spent, bytes_in(folder)};
}

status prepare_parquet(subject& on) { return write_files(on, table_format::parquet); }
status prepare_csv(subject& on) { return write_files(on, table_format::csv); }
result<sample> run_parquet(subject& on) { return run(on, table_format::parquet); }
result<sample> run_csv(subject& on) { return run(on, table_format::csv); }
std::uint64_t digest(const subject& on) { return on.digest; }

}  // namespace

const stage load_parquet_stage{"load_parquet", "a book read from Parquet and checked", 5, prepare_parquet, run_parquet,
                               digest};
const stage load_csv_stage{"load_csv", "a book read from CSV and checked", 5, prepare_csv, run_csv, digest};

}  // namespace plimsoll::bench
