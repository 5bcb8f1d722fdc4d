// The benches behind `plimsoll bench`: each stage of a tick on a generated or given book, timed, weighed and digested.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/book/book.hpp"
#include "host/generate/recipe.hpp"
#include "host/text/refusal.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll::bench {

class energy_meter;
struct record;

/// The sizes of one venue.
struct venue_size {
  std::uint64_t accounts = 1'000'000;
  std::uint64_t positions = 4'000'000;
};

/// From 10,000 accounts to 10 million, four positions each.
inline constexpr venue_size size_sweep[] = {{10'000, 40'000},        {30'000, 120'000},      {100'000, 400'000},
                                            {300'000, 1'200'000},    {1'000'000, 4'000'000}, {3'000'000, 12'000'000},
                                            {10'000'000, 40'000'000}};

/// The stages and books to measure, and the number of samples.
struct options {
  std::vector<venue_size> sizes{venue_size{}};  ///< Each is a venue of its own.
  std::optional<std::uint64_t> instruments{};   ///< None: 256, or the number that the shape requires.
  std::uint64_t seed = 1;
  venue_shape shape = venue_shape::zipf;
  std::string backend = "best";
  int threads = 0;                    ///< 0: all threads of the machine.
  int samples = 30;                   ///< Of each stage; a stage that takes seconds has its own, smaller limit.
  double seconds_most = 0;            ///< After that long a stage takes no further samples, 5 given; 0: no limit.
  std::vector<std::string> stages{};  ///< Empty: all.
  double energy_seconds = 1;          ///< Duration of the repeats for joules, if they can be metered; 0: no repeats.
  energy_meter* energy = nullptr;     ///< Null: the machine's own, if it has one.
  /// Launches of a device to try, each on every stage: names of `variants_of_launches`, or "all". Empty: as it is.
  std::vector<std::string> variants{};
  bool digests_only = false;  ///< One run of each stage for its digest; no warm-up, no copies, no times.
  std::function<status(const record& taken)> keep{};  ///< Called with each stage's record as soon as it is measured.
  std::string scratch{};  ///< Folder to make for the files of a stage, removed at the end; blank: a temporary one.
};

/// The measurements of one stage. Without times (`digests_only`) all fields are 0 but the digest and those that
/// identify the run.
struct record {
  std::string stage;
  std::uint64_t accounts = 0;
  std::uint64_t positions = 0;
  std::uint64_t instruments = 0;
  std::optional<std::uint64_t> seed;  ///< None if the book was passed, not generated.
  std::string shape{};                ///< Of the generated venue; blank if the book was passed.
  std::string backend;
  std::string device;
  std::string variant{};  ///< Of the device's launches, if one was requested.
  int samples = 0;
  double median_us = 0;
  double p99_us = 0;
  double max_us = 0;
  double min_us = 0;
  std::optional<double> joules{};   ///< Per run, if the machine meters its energy.
  std::vector<double> sample_us{};  ///< Every sample, rising; a file keeps at most `kept_samples_max` of them.
  std::uint64_t bytes = 0;          ///< The least bytes that the stage must move, by count.
  double gb_per_s = 0;              ///< bytes / median.
  double copy_gb_per_s = 0;  ///< A plain copy on the same threads or device, between the same samples; read + written.
  std::uint64_t digest = 0;  ///< Of the stage's result: equal on every backend and for any number of threads.
};

[[nodiscard]] inline bool same_venue(const record& a, const record& b) {
  return a.accounts == b.accounts && a.positions == b.positions && a.instruments == b.instruments && a.seed == b.seed &&
         a.shape == b.shape;
}

/// The same stage on the same venue: only then are times comparable.
[[nodiscard]] inline bool same_task(const record& a, const record& b) { return a.stage == b.stage && same_venue(a, b); }

/// The same task on the same backend, launched in the same way.
[[nodiscard]] inline bool same_work(const record& a, const record& b) {
  return same_task(a, b) && a.backend == b.backend && a.variant == b.variant;
}

inline constexpr std::size_t kept_samples_max = 1000;

/// Called as work starts: "1,000,000 accounts, 4,000,000 positions: lights". Returning false stops with `interrupted`.
using progress = std::function<bool(const std::string& what)>;

/// Names and descriptions of the stages, in the order in which they run.
struct stage_name {
  std::string_view name;
  std::string_view what;
};
[[nodiscard]] std::vector<stage_name> stage_names();

/// Names of the launches that can be tried on a device; "plain" is the default.
[[nodiscard]] std::vector<std::string_view> variants_of_launches();

/// Runs the stages on venues generated from the options' sizes and seed. Errors: usage for an unknown stage or backend
/// or a recipe that cannot be made; errors of the machine.
[[nodiscard]] result<std::vector<record>> run(const options& wanted, const progress& say = {});

/// The same on a book that the caller has read from `folder`; sizes and seed of the options are not read. Marks move
/// meanwhile, and back.
[[nodiscard]] result<std::vector<record>> run_on(book& source, const std::string& folder, const options& wanted,
                                                 const progress& say = {});

/// "1,000,000 accounts, 4,000,000 positions, 256 instruments, zipf".
[[nodiscard]] std::string venue_text(const record& one);

/// The value below which a share of the rising values lies, nearest rank; 0 of none.
[[nodiscard]] double quantile(std::span<const double> rising, double share);

/// The records as a JSON array, an object a stage, each on its own line.
[[nodiscard]] std::string to_json(std::span<const record> records);

/// One record as a JSON object on one line, without the line's end.
[[nodiscard]] std::string to_json_line(const record& one);

/// Reads the output of `to_json`, or the `stages` of a GPU run's record. A field that is missing, of another type or
/// given twice is added to `refusals` under the file's name, with the stage's place as its row; then the records must
/// not be used.
[[nodiscard]] std::vector<record> read_records(std::string_view text, const std::string& file, refusal_list& refusals);

/// The records as a table for people.
[[nodiscard]] std::string to_text(std::span<const record> records);

}  // namespace plimsoll::bench
