#include "tests/fuzz/c_interface.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include "tests/fuzz/call_material.hpp"
#include "tests/fuzz/fed_stream.hpp"
#include "tests/fuzz/venue_texts.hpp"

namespace plimsoll::fuzz {

namespace {

std::string work_folder;
tally all_counters;

constexpr std::size_t calls_max = 40;

struct sent_order {
  plimsoll_order_id id;
  std::int64_t lots;
  std::int64_t limit_ticks;
};

class fuzzed_case {
 public:
  explicit fuzzed_case(tape& choices) : choices_(choices) {}

  void run() {
    open_scanner();
    if (!choices_.once_in(12)) { load_tables(scanners_.front()); }
    for (std::size_t i = 0; i < calls_max && !choices_.ended(); ++i) { call(); }
    close_all();
    must(open_streams() == 0, "a stream that was handed over was not released");
  }

 private:
  using handles = std::vector<std::uint64_t>;

  std::uint64_t handle(const handles& of) {
    const auto any = [&](const handles& all) {
      return all.empty() ? 0 : all[choices_.below(static_cast<std::uint32_t>(all.size()))];
    };
    switch (choices_.below(128)) {
      case 0: return 0;
      case 1: return choices_.word();
      case 2: return any(closed_);
      case 3: return any(scanners_);
      case 4: return any(views_);
      case 5: return any(executors_);
      default: return any(of);
    }
  }
  /// Mostly one that has a book: the others refuse almost every call at once, and nothing is reached.
  std::uint64_t some_scanner() { return handle(loaded_.empty() || choices_.once_in(8) ? scanners_ : loaded_); }

  // ------------------------------------------------------------------------------------------------- opening, closing
  void open_scanner() {
    auto options = sized<plimsoll_scanner_options>(choices_);
    options.threads = choices_.once_in(40) ? -1 - static_cast<std::int32_t>(choices_.below(99)) : 1;
    options.backend = choices_.once_in(40) ? draw_name(choices_) : "cpu";
    options.full_passes = draw_enumerated(choices_, 1);
    std::uint64_t out = 0;
    if (checked_status(plimsoll_scanner_open(&options, &out), "plimsoll_scanner_open") != PLIMSOLL_OK) {
      options = {sizeof options, 1, "cpu", 0, 0};
      must(plimsoll_scanner_open(&options, &out) == PLIMSOLL_OK, "a scanner can't be opened");
    }
    scanners_.push_back(out);
  }

  void closed(handles& among, std::uint64_t one) {
    among.erase(std::find(among.begin(), among.end(), one));
    std::erase(loaded_, one);
    closed_.push_back(one);
    std::uint64_t digest = 0;
    std::int32_t is = 0;
    must(plimsoll_scanner_state_digest(one, &digest) == PLIMSOLL_BAD_HANDLE, "a closed scanner answers");
    must(plimsoll_view_state_digest(one, &digest) == PLIMSOLL_BAD_HANDLE, "a closed view answers");
    must(plimsoll_executor_conserved(one, &is) == PLIMSOLL_BAD_HANDLE, "a closed executor answers");
  }
  void close(handles& among, plimsoll_status (*by)(std::uint64_t), const char* function) {
    const std::uint64_t one = handle(among);
    const bool is_open = std::find(among.begin(), among.end(), one) != among.end();
    const plimsoll_status outcome = checked_status(by(one), function);
    must(outcome == (is_open ? PLIMSOLL_OK : PLIMSOLL_BAD_HANDLE),
         "a handle that is open is not closed, or another one is");
    if (is_open) { closed(among, one); }
  }
  void close_all() {
    // In an order that the tape chooses: an executor may outlive its scanner's handle.
    const bool scanners_first = choices_.once_in(2);
    for (int turn = 0; turn < 2; ++turn) {
      while ((turn == 0) == scanners_first && !scanners_.empty()) {
        must(plimsoll_scanner_close(scanners_.back()) == PLIMSOLL_OK, "a scanner is not closed");
        closed(scanners_, scanners_.back());
      }
      while ((turn == 0) != scanners_first && !executors_.empty()) {
        must(plimsoll_executor_close(executors_.back()) == PLIMSOLL_OK, "an executor is not closed");
        closed(executors_, executors_.back());
      }
    }
    while (!views_.empty()) {
      must(plimsoll_view_close(views_.back()) == PLIMSOLL_OK, "a view is not closed");
      closed(views_, views_.back());
    }
  }

  // ------------------------------------------------------------------------------------------------------------- books
  void load_tables(std::uint64_t scanner) {
    std::array<ArrowArrayStream, std::size(venue_tables)> rows{};
    std::vector<plimsoll_table> tables;
    const std::uint32_t count = choices_.once_in(8) ? 1 + choices_.below(std::size(venue_tables)) : needed_tables;
    for (std::uint32_t i = 0; i < count; ++i) {
      feed(venue_tables[i].csv, scanner, choices_, rows.at(i));
      tables.push_back({choices_.once_in(60) ? draw_name(choices_) : venue_tables[i].name,
                        choices_.once_in(90) ? &rows.front() : &rows.at(i)});
    }
    const char* const toml = choices_.once_in(4) ? choices_.one_of(venue_tomls) : venue_tomls[0];
    const bool refused = choices_.once_in(100);  // The array is.
    const bool null = choices_.once_in(2);
    const std::uint64_t before = digest_of(scanner);
    const plimsoll_status outcome = checked_status(
        plimsoll_scanner_load_tables(scanner, choices_.once_in(60) ? nullptr : toml,
                                     refused && null ? nullptr : tables.data(), refused && !null ? 65 : count),
        "plimsoll_scanner_load_tables");
    for (ArrowArrayStream& one : rows) {
      const bool handed_over =
          std::any_of(tables.begin(), tables.end(), [&](const auto& it) { return it.rows == &one; });
      must(refused || !handed_over || one.release == nullptr, "a table that was handed over is still there");
      if (one.release != nullptr) { one.release(&one); }
    }
    if (outcome != PLIMSOLL_OK) { must(digest_of(scanner) == before, "a load that failed left something behind"); }
    if (outcome == PLIMSOLL_OK) {
      must(plimsoll_scanner_asset(scanner, "USDT", &usdt_) == PLIMSOLL_OK, "no ids");
      has_book(scanner);
    }
  }
  void has_book(std::uint64_t scanner) {
    if (std::find(loaded_.begin(), loaded_.end(), scanner) == loaded_.end()) { loaded_.push_back(scanner); }
  }
  static std::uint64_t digest_of(std::uint64_t scanner) {
    std::uint64_t out = 0;
    (void)plimsoll_scanner_state_digest(scanner, &out);
    return out;
  }

  void load_folder() {
    const std::string book = work_folder + "/book";
    const char* const folder = choices_.once_in(4) ? draw_name(choices_) : book.c_str();
    const std::uint64_t scanner = some_scanner();
    if (choices_.once_in(2)) {
      if (checked_status(plimsoll_scanner_load(scanner, folder), "plimsoll_scanner_load") == PLIMSOLL_OK) {
        has_book(scanner);
      }
      return;
    }
    answer_struct<plimsoll_revision> out(choices_);
    const plimsoll_status outcome = checked_status(
        plimsoll_scanner_revise(scanner, folder, choices_.once_in(4) ? nullptr : &out.now), "plimsoll_scanner_revise");
    out.check(false);
    (void)outcome;
  }

  void snapshot() {
    const std::string to = work_folder + "/kept";
    const std::uint64_t scanner = some_scanner();
    const std::uint64_t before = digest_of(scanner);
    const bool named = choices_.once_in(8);
    const plimsoll_status outcome = checked_status(
        plimsoll_scanner_snapshot(scanner, named ? "/proc/no/such" : to.c_str()), "plimsoll_scanner_snapshot");
    must(!named || outcome != PLIMSOLL_OK, "a folder was made where none can be");
    if (outcome != PLIMSOLL_OK) { return; }
    must(plimsoll_scanner_load(scanner, to.c_str()) == PLIMSOLL_OK, "a snapshot is not read");
    must(digest_of(scanner) == before, "a snapshot is another book");
    std::filesystem::remove_all(to);
  }

  void names_and_ids() {
    const std::uint64_t scanner = some_scanner();
    std::uint32_t ids[2] = {};
    switch (choices_.below(5)) {
      case 0:
        (void)checked_status(plimsoll_scanner_instrument(scanner, draw_name(choices_), &ids[0]),
                             "plimsoll_scanner_instrument");
        break;
      case 1:
        (void)checked_status(plimsoll_scanner_asset(scanner, draw_name(choices_), &ids[0]), "plimsoll_scanner_asset");
        break;
      case 2:
        (void)checked_status(plimsoll_scanner_counts(scanner, &ids[0], &ids[1]), "plimsoll_scanner_counts");
        break;
      case 3:
        describe<plimsoll_instrument_info>(plimsoll_scanner_describe_instrument, "plimsoll_scanner_describe_instrument",
                                           scanner);
        break;
      default:
        describe<plimsoll_asset_info>(plimsoll_scanner_describe_asset, "plimsoll_scanner_describe_asset", scanner);
        break;
    }
  }
  template <class Info>
  void describe(plimsoll_status (*by)(std::uint64_t, std::uint32_t, Info*), const char* function,
                std::uint64_t scanner) {
    answer_struct<Info> out(choices_);
    char capacity[16];
    std::fill(std::begin(capacity), std::end(capacity), '#');
    out.now.name = choices_.once_in(4) ? nullptr : capacity;
    out.now.name_capacity = choices_.below(sizeof capacity);
    const std::uint64_t left = out.now.name == nullptr ? 0 : out.now.name_capacity;
    const plimsoll_status outcome = checked_status(by(scanner, draw_id(choices_), &out.now), function);
    out.check(outcome == PLIMSOLL_OK);
    must(std::all_of(capacity + left, capacity + sizeof capacity, [](char c) { return c == '#'; }),
         "a name has no end");
    if (outcome == PLIMSOLL_OK && left > 0) {
      must(std::count(capacity, capacity + left, '\0') == 1, "a name has no end");
    }
  }

  // ----------------------------------------------------------------------------------------------------------- updates
  void apply() {
    const std::uint64_t scanner = some_scanner();
    std::uint64_t applied = 77;
    if (choices_.once_in(4)) {
      ArrowArrayStream rows{};
      feed(updates_csv, scanner, choices_, rows);
      const plimsoll_status outcome =
          checked_status(plimsoll_scanner_apply_table(scanner, choices_.once_in(60) ? nullptr : &rows, &applied),
                         "plimsoll_scanner_apply_table");
      must(applied <= 6, "more updates were applied than there are");
      if (rows.release != nullptr) {
        must(outcome == PLIMSOLL_BAD_ARGUMENT, "updates that were handed over are still there");
        rows.release(&rows);
      }
      return;
    }
    std::vector<plimsoll_update> updates;
    for (std::uint32_t i = choices_.below(4); i > 0; --i) { updates.push_back(draw_update(choices_, usdt_)); }
    const bool null = choices_.once_in(60);
    const std::uint64_t before = digest_of(scanner);
    const plimsoll_status outcome =
        checked_status(plimsoll_scanner_apply(scanner, null ? nullptr : updates.data(), updates.size(),
                                              choices_.once_in(8) ? nullptr : &applied),
                       "plimsoll_scanner_apply");
    if (outcome == PLIMSOLL_OK) {
      must(applied == 77 || applied == updates.size(), "fewer updates were applied than it says");
    }
    const bool none_stands = outcome != PLIMSOLL_OK && outcome != PLIMSOLL_BAD_DATA;
    if (none_stands || (outcome != PLIMSOLL_OK && applied == 0)) {
      must(digest_of(scanner) == before, "updates that were refused left something behind");
    }
  }

  // ------------------------------------------------------------------------------------------------------------- ticks
  void tick() {
    const std::uint64_t scanner = some_scanner();
    marks_given marks(scanner, choices_);
    answer_struct<plimsoll_tick> out(choices_);
    places to(choices_);
    point(out.now, to);
    out.now.text_views = draw_enumerated(choices_, 1);
    const bool asked = !choices_.once_in(8);
    const plimsoll_status outcome = checked_status(
        plimsoll_scanner_tick(scanner, marks.get(), asked ? &out.now : nullptr), "plimsoll_scanner_tick");
    marks.settle();
    settle(out, to, outcome, asked);
  }
  static void point(plimsoll_tick& out, places& to) {
    out.flagged = to.at(0);
    out.cover = to.at(1);
    out.notes = to.at(2);
    out.demand = to.at(3);
    out.totals = to.at(4);
    out.held_table = to.at(5);
  }
  static void settle(const answer_struct<plimsoll_tick>& out, places& to, plimsoll_status outcome, bool asked) {
    out.check(outcome == PLIMSOLL_OK && asked);
    if (!asked || !has_size(out.now)) { return; }
    // Of a struct from before there were more, three are known.
    const bool is_older = out.now.struct_size < sizeof out.now;
    const auto rows = to.settle(outcome, 0, is_older ? 3 : 6);
    if (outcome != PLIMSOLL_OK) { return; }
    must(out.now.flagged == nullptr || rows[0] == out.now.flagged_rows, "flagged has other rows than it says");
    must(out.now.cover == nullptr || rows[1] == out.now.cover_rows, "cover has other rows than it says");
    must(out.now.notes == nullptr || rows[2] == out.now.notes_count, "notes has other rows than it says");
    if (is_older) { return; }
    must(out.now.demand == nullptr || rows[3] == out.now.demand_rows, "demand has other rows than it says");
    must(out.now.totals == nullptr || rows[4] == out.now.totals_rows, "totals has other rows than it says");
    must(out.now.held_table == nullptr || rows[5] == out.now.held_instruments, "held has other rows than it says");
  }

  // --------------------------------------------------------------------------------------------------------- questions
  void ask() {
    const std::uint64_t scanner = some_scanner();
    const std::uint64_t before = digest_of(scanner);
    places to(choices_);
    plimsoll_status outcome = PLIMSOLL_OK;
    switch (choices_.below(4)) {
      case 0:
        outcome = checked_status(
            plimsoll_scanner_account(scanner, draw_name(choices_),
                                     static_cast<std::uint32_t>(draw_enumerated(choices_, 1)), to.at(0), to.at(1)),
            "plimsoll_scanner_account");
        to.settle(outcome, 0, 2);
        break;
      case 1: {
        const plimsoll_update one = draw_update(choices_, usdt_);
        outcome =
            checked_status(plimsoll_scanner_preview(scanner, &one, to.at(0), to.at(1)), "plimsoll_scanner_preview");
        to.settle(outcome, 0, 2);
        break;
      }
      case 2: {
        std::int64_t lots = 0;
        outcome =
            checked_status(plimsoll_scanner_largest_order(scanner, draw_name(choices_), draw_id(choices_),
                                                          draw_enumerated(choices_, 1), draw_decimal(choices_), &lots),
                           "plimsoll_scanner_largest_order");
        must(outcome != PLIMSOLL_OK || lots >= 0, "an order of less than nothing");
        break;
      }
      default: {
        const std::uint64_t view = handle(views_);
        outcome = checked_status(plimsoll_view_account(view, draw_name(choices_), to.at(0), to.at(1)),
                                 "plimsoll_view_account");
        to.settle(outcome, 0, 2);
      }
    }
    must(digest_of(scanner) == before, "a question changed the book");
  }

  void open_view() {
    const std::uint64_t scanner = some_scanner();
    std::uint64_t out = 0;
    if (checked_status(plimsoll_scanner_view(scanner, choices_.once_in(40) ? nullptr : &out),
                       "plimsoll_scanner_view") != PLIMSOLL_OK) {
      return;
    }
    views_.push_back(out);
    std::uint64_t digest = 0;
    must(plimsoll_view_state_digest(out, &digest) == PLIMSOLL_OK && digest == digest_of(scanner),
         "a view is another book");
  }

  // --------------------------------------------------------------------------------------------------------- executors
  static void send(void* context, const plimsoll_order* order) {
    auto& by = *static_cast<fuzzed_case*>(context);
    must(order->struct_size >= sizeof *order && order->lots != 0, "an order of nothing");
    ++counters().orders;
    by.orders_.push_back({order->id, order->lots, order->limit_ticks});
    if (by.choices_.once_in(16) && by.running_ != 0) {
      std::int32_t is = 0;
      must(plimsoll_executor_conserved(by.running_, &is) == PLIMSOLL_BUSY, "an executor answers within its own run");
      must(plimsoll_executor_close(by.running_) == PLIMSOLL_BUSY, "an executor ends within its own run");
    }
    if (by.choices_.once_in(2) && by.running_ != 0) { by.answer(by.running_); }
  }
  static void cancel(void* context, plimsoll_order_id) { ++static_cast<fuzzed_case*>(context)->cancelled_; }

  void open_executor() {
    auto gateway = sized<plimsoll_gateway>(choices_);
    gateway.context = this;
    gateway.send = choices_.once_in(40) ? nullptr : send;
    gateway.cancel = choices_.once_in(40) ? nullptr : cancel;
    gateway.inbox_max = choices_.once_in(4) ? choices_.below(4) : 0;
    auto options = sized<plimsoll_executor_options>(choices_);
    options.passes_max = choices_.once_in(8) ? static_cast<std::int32_t>(choices_.number() % 64) : 0;
    options.rulebook = choices_.once_in(8) ? "binance" : choices_.once_in(16) ? draw_name(choices_) : nullptr;
    options.rulebook_toml = choices_.once_in(4) ? choices_.one_of(rulebook_tomls) : nullptr;
    options.order_timeout_ns = choices_.once_in(8) ? choices_.number() : 0;
    options.gateway = choices_.once_in(3) ? nullptr : &gateway;
    std::uint64_t out = 0;
    const std::uint64_t scanner = some_scanner();
    const plimsoll_status outcome =
        checked_status(plimsoll_executor_open(scanner, choices_.once_in(8) ? nullptr : &options,
                                              choices_.once_in(40) ? nullptr : &out),
                       "plimsoll_executor_open");
    if (outcome == PLIMSOLL_OK) { executors_.push_back(out); }
  }

  void run_executor() {
    const std::uint64_t executor = handle(executors_);
    marks_given marks(0, choices_);
    answer_struct<plimsoll_tick> found(choices_);
    answer_struct<plimsoll_execution> done(choices_);
    places to(choices_);
    point(found.now, to);
    done.now.events = to.at(6);
    done.now.notes = to.at(7);
    done.now.flows = to.at(8);
    found.now.text_views = draw_enumerated(choices_, 1);
    done.now.text_views = draw_enumerated(choices_, 1);
    const bool asked = !choices_.once_in(8);
    const bool recorded = !choices_.once_in(8);
    tick_ += choices_.once_in(16) ? choices_.number() % 9 : 1;
    running_ = executor;
    const plimsoll_status outcome =
        checked_status(plimsoll_executor_run(executor, tick_, marks.get(), asked ? &found.now : nullptr,
                                             recorded ? &done.now : nullptr),
                       "plimsoll_executor_run");
    running_ = 0;
    marks.settle();
    settle(found, to, outcome, asked);
    done.check(outcome == PLIMSOLL_OK && recorded);
    if (recorded && has_size(done.now)) {
      const bool is_older = done.now.struct_size < sizeof done.now;
      const auto rows = to.settle(outcome, 6, is_older ? 2 : 3);
      must(outcome != PLIMSOLL_OK || done.now.events == nullptr || rows[0] == done.now.legs,
           "events has other rows than it says");
      must(outcome != PLIMSOLL_OK || is_older || done.now.flows == nullptr || rows[2] == done.now.flows_rows,
           "flows has other rows than it says");
    }
    std::int32_t is = 1;
    if (outcome == PLIMSOLL_OK) {
      must(plimsoll_executor_conserved(executor, &is) == PLIMSOLL_OK && is == 1, "money was made or lost");
    }
  }

  void answer(std::uint64_t executor) {
    auto one = sized<plimsoll_answer>(choices_);
    one.kind = draw_enumerated(choices_, PLIMSOLL_DONE);
    one.sequence = choices_.below(5);
    one.lots = static_cast<std::uint64_t>(choices_.number());
    one.price_ticks = choices_.number();
    if (!orders_.empty() && !choices_.once_in(8)) {
      const sent_order& to = orders_[choices_.below(static_cast<std::uint32_t>(orders_.size()))];
      one.order = to.id;
      if (!choices_.once_in(4)) {
        one.lots = static_cast<std::uint64_t>(to.lots < 0 ? -to.lots : to.lots) / (1 + choices_.below(2));
        one.price_ticks = to.limit_ticks;
      }
    }
    std::int32_t taken = -1;
    const plimsoll_status outcome =
        checked_status(plimsoll_executor_answer(executor, &one, &taken), "plimsoll_executor_answer");
    must((outcome == PLIMSOLL_OK) == (taken == 0 || taken == 1), "an answer is neither taken nor refused");
  }

  void ask_executor() {
    const std::uint64_t executor = handle(executors_);
    plimsoll_int128 amount{};
    std::int32_t is = 0;
    if (choices_.once_in(2)) {
      (void)checked_status(plimsoll_executor_balance(executor, draw_name(choices_), draw_id(choices_), &amount),
                           "plimsoll_executor_balance");
    } else {
      (void)checked_status(plimsoll_executor_conserved(executor, choices_.once_in(40) ? nullptr : &is),
                           "plimsoll_executor_conserved");
    }
  }

  void call() {
    if (scanners_.empty()) { open_scanner(); }
    if (loaded_.empty() && choices_.once_in(2)) { load_tables(scanners_.back()); }
    const std::uint32_t kind = choices_.below(32);
    const bool needs_executor = kind >= 12 && kind <= 18;
    if (needs_executor && executors_.empty() && !choices_.once_in(4)) { open_executor(); }
    switch (kind) {
      case 0: open_scanner(); break;
      case 1: close(scanners_, plimsoll_scanner_close, "plimsoll_scanner_close"); break;
      case 2: close(views_, plimsoll_view_close, "plimsoll_view_close"); break;
      case 3: close(executors_, plimsoll_executor_close, "plimsoll_executor_close"); break;
      case 4: load_tables(some_scanner()); break;
      case 5:
        if (choices_.once_in(4)) { load_folder(); }
        break;
      case 6:
        if (choices_.once_in(8)) { snapshot(); }
        break;
      case 7:
      case 8: names_and_ids(); break;
      case 9: open_view(); break;
      case 10:
      case 11: open_executor(); break;
      case 12:
      case 13:
      case 14:
      case 15: run_executor(); break;
      case 16:
      case 17: answer(handle(executors_)); break;
      case 18: ask_executor(); break;
      case 19:
      case 20:
      case 21:
      case 22: tick(); break;
      case 23:
      case 24:
      case 25:
      case 26: ask(); break;
      default: apply(); break;
    }
    if (scanners_.size() > 3) { close(scanners_, plimsoll_scanner_close, "plimsoll_scanner_close"); }
  }

  tape& choices_;
  handles scanners_, loaded_, views_, executors_, closed_;
  std::vector<sent_order> orders_;
  std::uint64_t running_ = 0;
  std::uint64_t cancelled_ = 0;
  std::int64_t tick_ = 0;
  std::uint32_t usdt_ = 2;
};

}  // namespace

tally& counters() { return all_counters; }
const tally& counted() { return all_counters; }

void use_folder(const std::string& folder) { work_folder = folder; }

void run_case(const std::uint8_t* bytes, std::size_t count) {
  tape choices(bytes, count);
  fuzzed_case(choices).run();
  ++all_counters.cases;
}

}  // namespace plimsoll::fuzz
