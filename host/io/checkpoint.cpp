#include "host/io/checkpoint.hpp"

#include <algorithm>
#include <exception>
#include <new>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <xxhash.h>

#include "host/io/file_writer.hpp"
#include "host/io/load_book.hpp"
#include "host/io/replay_log_rows.hpp"
#include "host/io/replay_state_json.hpp"
#include "host/io/table_file.hpp"
#include "host/report/replay_tables.hpp"

namespace plimsoll {

namespace {

namespace fs = std::filesystem;
using json = nlohmann::ordered_json;

constexpr const char* log_tables[] = {"events", "names", "ticks", "feasible", "held", "markets", "deleveraged"};

result<std::uint64_t> hash_of_file(const fs::path& path) {
  const auto bytes = io::read_file(path);
  if (!bytes) { return bytes.error(); }
  return std::uint64_t{XXH3_64bits(bytes.value().data(), bytes.value().size())};
}

/// Every file below `folder`, by name, relative to it.
result<std::vector<std::string>> files_below(const fs::path& folder) {
  std::error_code cause;
  std::vector<std::string> out;
  for (fs::recursive_directory_iterator at(folder, cause), end; !cause && at != end; at.increment(cause)) {
    if (at->is_regular_file(cause)) { out.push_back(at->path().lexically_relative(folder).string()); }
  }
  if (cause) { return io::io_error(folder, cause.value()); }
  std::sort(out.begin(), out.end());
  return out;
}

status make_folder(const fs::path& folder) {
  std::error_code cause;
  fs::remove_all(folder, cause);  // Left by a run that was cut off while it wrote.
  if (!cause) { fs::create_directories(folder, cause); }
  if (cause) { return io::io_error(folder, cause.value()); }
  return ok();
}

std::string hex(std::uint64_t hash) { return fmt::format("{:016x}", hash); }

}  // namespace

result<std::uint64_t> fingerprint_of(const fs::path& book_folder, const std::vector<fs::path>& inputs,
                                     std::string_view reading) {
  auto names = files_below(book_folder);
  if (!names) { return std::move(names).error(); }
  std::string sums = PLIMSOLL_VERSION + (reading.empty() ? std::string() : "\n" + std::string(reading));
  const auto add = [&](const std::string& name, const fs::path& path) -> status {
    const auto hash = hash_of_file(path);
    if (!hash) { return hash.error(); }
    sums += '\n' + name + ' ' + hex(hash.value());
    return ok();
  };
  for (const std::string& name : names.value()) { PLIMSOLL_TRY(add(name, book_folder / name)); }
  for (const fs::path& path : inputs) { PLIMSOLL_TRY(add("", path)); }
  return std::uint64_t{XXH3_64bits(sums.data(), sums.size())};
}

checkpoint_folder::checkpoint_folder(const fs::path& out) {
  std::error_code ignored;
  fs::path plain = fs::absolute(out, ignored).lexically_normal();
  if (plain.filename().empty()) { plain = plain.parent_path(); }
  path_ = plain.string() + ".resume";
}

bool checkpoint_folder::exists() const {
  std::error_code ignored;
  return fs::exists(path_ / "manifest.json", ignored);
}

status checkpoint_folder::save(const replay& engine, const venue_files& venue, std::span<const note> notes) {
  const replay_log& log = engine.log();
  if (!engine.engine().orders().open.empty()) {
    return error{error_code::not_supported, "a replay with open orders at a gateway cannot be saved"};
  }
  static_assert(std::size(log_tables) == std::tuple_size_v<part>);
  const part before = parts_.empty() ? part{} : parts_.back();
  const part now{log.events.size(), log.names(),        log.ticks.size(),      log.feasible.size(),
                 log.held.size(),   log.markets.size(), log.deleveraged.size()};
  const std::string log_name = "log-" + std::to_string(parts_.size() + 1);
  const std::string book_name = "book-" + std::to_string(parts_.size() + 1);
  if (parts_.empty()) { PLIMSOLL_TRY(make_folder(path_)); }
  PLIMSOLL_TRY(make_folder(path_ / log_name));
  for (std::size_t i = 0; i < std::size(log_tables); ++i) {
    PLIMSOLL_TRY(io::write_log_rows(log, log_tables[i], before[i], now[i], path_ / log_name));
  }
  PLIMSOLL_TRY(make_folder(path_ / book_name));
  PLIMSOLL_TRY(write_book(path_ / book_name, venue, make_book_tables(engine.state()), table_format::arrow));
  const replay_state state = engine.save();
  PLIMSOLL_TRY(io::write_file(path_ / book_name / "state.json", io::state_to_json(state).dump(1)));
  for (const std::string& folder : {log_name, book_name}) {
    PLIMSOLL_TRY(io::sync_folder(path_ / folder));
    const auto names = files_below(path_ / folder);
    if (!names) { return names.error(); }
    for (const std::string& name : names.value()) {
      const auto hash = hash_of_file(path_ / folder / name);
      if (!hash) { return hash.error(); }
      hashes_[folder + '/' + name] = hash.value();
    }
  }
  std::erase_if(hashes_, [&](const auto& one) {
    return one.first.starts_with("book-") && !one.first.starts_with(book_name + '/');
  });
  parts_.push_back(now);
  PLIMSOLL_TRY(write_manifest(state.tick, book_name, notes));
  forget_all_but(book_name);
  return ok();
}

status checkpoint_folder::write_manifest(std::int64_t tick, const std::string& now, std::span<const note> notes) const {
  const json parts = parts_;
  json stored_notes = json::array();
  for (const note& one : notes) { stored_notes.push_back({one.text, one.count}); }
  json files = json::object();
  for (const auto& [name, hash] : hashes_) { files[name] = hex(hash); }
  const json manifest = {{"replay", 1},
                         {"version", PLIMSOLL_VERSION},
                         {"inputs", hex(fingerprint_.value_or(0))},
                         {"tick", tick},
                         {"book", now},
                         {"parts", parts},
                         {"notes", stored_notes},
                         {"files", files}};
  const fs::path next = path_ / "manifest.next";
  std::error_code cause;
  fs::remove(next, cause);
  PLIMSOLL_TRY(io::write_file(next, manifest.dump(1) + "\n"));
  fs::rename(next, path_ / "manifest.json", cause);
  if (cause) { return io::io_error(path_ / "manifest.json", cause.value()); }
  return io::sync_folder(path_);
}

/// Removes books of earlier checkpoints. The manifest no longer names them, so a failure to remove one does no harm.
void checkpoint_folder::forget_all_but(const std::string& now) const {
  std::error_code ignored;
  std::vector<fs::path> old;
  for (const auto& entry : fs::directory_iterator(path_, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("book-") && name != now) { old.push_back(entry.path()); }
  }
  for (const fs::path& one : old) { fs::remove_all(one, ignored); }
}

namespace {

/// Error of a folder from which a replay cannot continue for another reason than different inputs.
error damaged(const fs::path& path) {
  return {error_code::bad_data, path.string() + ": is damaged; without --resume the replay starts over"};
}

status check_files(const fs::path& folder, const std::map<std::string, std::uint64_t>& hashes) {
  for (const auto& [name, hash] : hashes) {
    const auto found = hash_of_file(folder / name);
    if (!found) { return found.error(); }
    if (found.value() != hash) { return damaged(folder / name); }
  }
  return ok();
}

}  // namespace

result<stopped_replay> checkpoint_folder::read(const fs::path& events_folder) {
  auto text = io::read_file(path_ / "manifest.json");
  if (!text) { return std::move(text).error(); }
  stopped_replay out;
  if (!events_folder.empty()) { out.log.events.store_in(events_folder); }
  try {
    const json manifest = json::parse(text.value());
    if (manifest.at("inputs").get<std::string>() != hex(fingerprint_.value_or(0))) {
      return error{error_code::usage,
                   path_.string() +
                       " belongs to another book, other ticks or updates, another --round, or another version of "
                       "plimsoll; --force starts over"};
    }
    for (const auto& [name, hash] : manifest.at("files").items()) {
      hashes_[name] = std::stoull(hash.get<std::string>(), nullptr, 16);
    }
    parts_ = manifest.at("parts").get<std::vector<part>>();
    for (const json& one : manifest.at("notes")) {
      out.notes.push_back({one.at(0).get<std::string>(), one.at(1).get<std::uint64_t>()});
    }
    PLIMSOLL_TRY(check_files(path_, hashes_));
    const fs::path book_folder = path_ / manifest.at("book").get<std::string>();
    auto state = io::read_file(book_folder / "state.json");
    if (!state) { return std::move(state).error(); }
    out.state = io::state_from_json(json::parse(state.value()));
    refusal_list refusals;
    auto loaded = load_book(book_folder, {}, refusals);
    if (!loaded) { return std::move(loaded).error(); }
    out.at = std::move(loaded).value();
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      for (const char* table : log_tables) {
        PLIMSOLL_TRY(io::read_log_rows(path_ / ("log-" + std::to_string(i + 1)), table, out.log));
      }
    }
  } catch (const std::bad_alloc&) {
    return error{error_code::out_of_memory, path_.string() + ": not enough memory"};
  } catch (const std::exception&) { return damaged(path_ / "manifest.json"); }
  return out;
}

status checkpoint_folder::remove() {
  std::error_code cause;
  fs::remove(path_ / "manifest.json", cause);  // First, because the other files are useless without it.
  if (!cause) { fs::remove_all(path_, cause); }
  if (cause) { return io::io_error(path_, cause.value()); }
  return ok();
}

}  // namespace plimsoll
