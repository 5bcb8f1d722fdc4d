#include "host/io/replay_log_rows.hpp"

#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include <arrow/array.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/reader.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/decimal.h>

#include "host/io/table_file.hpp"
#include "host/io/write_table.hpp"
#include "host/table/chunk_table.hpp"

namespace plimsoll::io {

namespace {

/// The columns of a row, in order; writing and reading use this one list.
template <class Visit>
void visit_fields(event_row& row, Visit&& visit) {
  visit("tick", row.tick);
  visit("plan", row.plan);
  visit("step", row.step);
  visit("account", row.account);
  visit("unit", row.unit);
  visit("instrument", row.instrument);
  visit("side", row.side);
  visit("lots", row.lots);
  visit("cost", row.cost);
  visit("asset", row.asset);
  visit("amount", row.amount);
  visit("price_ticks", row.price_ticks);
  visit("cause", row.cause);
}

template <class Visit>
void visit_fields(tick_row& row, Visit&& visit) {
  visit("tick", row.tick);
  visit("time_ns", row.time_ns);
  visit("asset", row.asset);
  for (std::uint64_t& count : row.states) { visit("states", count); }
  visit("held", row.held);
  visit("dust", row.dust);
  visit("demand", row.demand);
  for (int128* flow :
       {&row.flows.market, &row.flows.backstop, &row.flows.surplus, &row.flows.fees, &row.flows.fund_paid,
        &row.flows.adl, &row.flows.adl_haircut, &row.flows.socialised, &row.flows.unpaid, &row.fund_balance}) {
    visit("flow", *flow);
  }
  visit("winners", row.winners);
  visit("passes", row.passes);
  for (double* seconds :
       {&row.seconds.total, &row.seconds.updates, &row.seconds.scan, &row.seconds.execute, &row.seconds.record}) {
    visit("seconds", *seconds);
  }
}

template <class Visit>
void visit_fields(feasibility_row& row, Visit&& visit) {
  visit("tick", row.tick);
  visit("pass", row.pass);
  visit("instrument", row.before.instrument);
  visit("losers", row.before.losers);
  visit("demand", row.before.demand);
  visit("ladder_lots", row.before.ladder_lots);
  visit("winners_profit", row.before.winners_profit);
  visit("deficit", row.before.deficit);
  visit("fund", row.before.fund);
  visit("lots_left_over", row.before.lots_left_over);
}

template <class Visit>
void visit_fields(market_row& row, Visit&& visit) {
  visit("tick", row.tick);
  visit("instrument", row.instrument);
  visit("feed_ticks", row.feed_ticks);
  visit("mark_ticks", row.mark_ticks);
  visit("long_lots", row.long_lots);
  visit("short_lots", row.short_lots);
  for (int128* lots : {&row.traded, &row.liquidated, &row.backstop, &row.adl}) { visit("volume", *lots); }
}

template <class Visit>
void visit_fields(deleveraged_row& row, Visit&& visit) {
  visit("tick", row.tick);
  visit("pass", row.pass);
  visit("account", row.account);
  visit("unit", row.unit);
  visit("asset", row.asset);
  visit("equity", row.equity);
  visit("haircut", row.haircut);
}

template <class Visit>
void visit_fields(held_row& row, Visit&& visit) {
  visit("tick", row.tick);
  visit("instrument", row.mark.instrument);
  visit("why", row.mark.why);
  visit("mark_ticks", row.mark.mark_ticks);
  visit("as_of_ns", row.mark.as_of_ns);
  visit("age_ns", row.mark.age_ns);
}

template <class Field>
constexpr column_kind kind_of() {
  if constexpr (std::is_same_v<Field, double>) { return column_kind::score; }
  if constexpr (std::is_same_v<Field, int128>) { return column_kind::amount; }
  return column_kind::integer;
}

template <class Rows, class Visit>
void visit_rows(const Rows& rows, std::uint64_t begin, std::uint64_t end, const Visit& visit) {
  for (std::uint64_t i = begin; i < end; ++i) { visit(rows[i]); }
}
template <class Visit>
void visit_rows(const event_rows& rows, std::uint64_t begin, std::uint64_t end, const Visit& visit) {
  rows.visit(begin, end, visit);
}

template <class Rows>
status write_rows(const Rows& rows, std::uint64_t first, std::uint64_t last, const std::filesystem::path& folder,
                  std::string_view table) {
  using row_type = typename Rows::value_type;
  std::vector<column_spec> columns;
  row_type blank{};
  visit_fields(blank, [&](const char* name, auto& field) {
    columns.push_back({name + std::to_string(columns.size()), kind_of<std::remove_reference_t<decltype(field)>>()});
  });
  const chunk_table out(std::move(columns), last - first,
                        [&](std::uint64_t begin, std::uint64_t end, table_chunk& chunk) {
                          row_writer cells(chunk);
                          visit_rows(rows, first + begin, first + end, [&](row_type row) {
                            visit_fields(row, [&](const char*, auto& field) {
                              using type = std::remove_reference_t<decltype(field)>;
                              if constexpr (kind_of<type>() == column_kind::score) { cells.score(field); }
                              if constexpr (kind_of<type>() == column_kind::amount) { cells.amount(field, 0); }
                              if constexpr (kind_of<type>() == column_kind::integer) {
                                cells.integer(static_cast<std::int64_t>(field));
                              }
                            });
                            cells.end_row();
                          });
                        });
  return write_table(out, folder, table, table_format::arrow);
}

using batch = std::shared_ptr<arrow::RecordBatch>;

/// The batches of an Arrow file, their buffers checked.
arrow::Result<std::vector<batch>> read_batches(std::string bytes) {
  ARROW_ASSIGN_OR_RAISE(const auto reader,
                        arrow::ipc::RecordBatchFileReader::Open(
                            std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(std::move(bytes)))));
  std::vector<batch> out;
  for (int i = 0; i < reader->num_record_batches(); ++i) {
    ARROW_ASSIGN_OR_RAISE(auto one, reader->ReadRecordBatch(i));
    ARROW_RETURN_NOT_OK(one->ValidateFull());
    out.push_back(std::move(one));
  }
  return out;
}

/// Copies the cells of a batch into rows. False: a column is missing, or has another type.
template <class Rows>
bool append_rows(const arrow::RecordBatch& from, Rows& rows) {
  bool fits = true;
  typename Rows::value_type blank{};
  int columns = 0;
  visit_fields(blank, [&](const char*, auto& field) {
    using type = std::remove_reference_t<decltype(field)>;
    constexpr arrow::Type::type wanted = kind_of<type>() == column_kind::score    ? arrow::Type::DOUBLE
                                         : kind_of<type>() == column_kind::amount ? arrow::Type::DECIMAL128
                                                                                  : arrow::Type::INT64;
    fits = fits && columns < from.num_columns() && from.column(columns)->type_id() == wanted &&
           from.column(columns)->null_count() == 0;
    ++columns;
  });
  if (!fits || columns != from.num_columns()) { return false; }
  for (std::int64_t i = 0; i < from.num_rows(); ++i) {
    int column = 0;
    typename Rows::value_type row{};
    visit_fields(row, [&](const char*, auto& field) {
      using type = std::remove_reference_t<decltype(field)>;
      const arrow::Array& cells = *from.column(column++);
      if constexpr (kind_of<type>() == column_kind::score) {
        field = static_cast<const arrow::DoubleArray&>(cells).Value(i);
      }
      if constexpr (kind_of<type>() == column_kind::integer) {
        field = static_cast<type>(static_cast<const arrow::Int64Array&>(cells).Value(i));
      }
      if constexpr (kind_of<type>() == column_kind::amount) {
        const arrow::Decimal128 wide(static_cast<const arrow::Decimal128Array&>(cells).GetValue(i));
        field = static_cast<int128>((static_cast<uint128>(static_cast<std::uint64_t>(wide.high_bits())) << 64) |
                                    wide.low_bits());
      }
    });
    rows.push_back(row);
  }
  return true;
}

bool append_names(const arrow::RecordBatch& from, replay_log& log) {
  if (from.num_columns() != 1 || from.column(0)->type_id() != arrow::Type::STRING) { return false; }
  const auto& names = static_cast<const arrow::StringArray&>(*from.column(0));
  for (std::int64_t i = 0; i < from.num_rows(); ++i) {
    const std::size_t before = log.names();
    if (log.name_id(names.GetView(i)) != before) { return false; }  // Each name is listed once, at its index.
  }
  return true;
}

}  // namespace

status write_log_rows(const replay_log& log, std::string_view table, std::uint64_t begin, std::uint64_t end,
                      const std::filesystem::path& folder) {
  if (table == "events") { return write_rows(log.events, begin, end, folder, table); }
  if (table == "ticks") { return write_rows(log.ticks, begin, end, folder, table); }
  if (table == "feasible") { return write_rows(log.feasible, begin, end, folder, table); }
  if (table == "held") { return write_rows(log.held, begin, end, folder, table); }
  if (table == "markets") { return write_rows(log.markets, begin, end, folder, table); }
  if (table == "deleveraged") { return write_rows(log.deleveraged, begin, end, folder, table); }
  const chunk_table names({{"name", column_kind::text}}, end - begin,
                          [&](std::uint64_t from, std::uint64_t to, table_chunk& chunk) {
                            row_writer cells(chunk);
                            for (std::uint64_t i = begin + from; i < begin + to; ++i) {
                              cells.text(log.name(static_cast<std::uint32_t>(i)));
                              cells.end_row();
                            }
                          });
  return write_table(names, folder, table, table_format::arrow);
}

status read_log_rows(const std::filesystem::path& folder, std::string_view table, replay_log& log) {
  const std::filesystem::path path = folder / (std::string(table) + ".arrow");
  auto bytes = read_file(path);
  if (!bytes) { return std::move(bytes).error(); }
  const auto batches = read_batches(std::move(bytes).value());
  bool fits = batches.ok();
  for (std::size_t i = 0; fits && i < batches->size(); ++i) {
    const arrow::RecordBatch& one = *(*batches)[i];
    if (table == "events") {
      fits = append_rows(one, log.events);
    } else if (table == "ticks") {
      fits = append_rows(one, log.ticks);
    } else if (table == "feasible") {
      fits = append_rows(one, log.feasible);
    } else if (table == "held") {
      fits = append_rows(one, log.held);
    } else if (table == "markets") {
      fits = append_rows(one, log.markets);
    } else if (table == "deleveraged") {
      fits = append_rows(one, log.deleveraged);
    } else {
      fits = append_names(one, log);
    }
  }
  if (!fits) { return error{error_code::bad_data, path.string() + " is not a part of a replay's log"}; }
  return ok();
}

}  // namespace plimsoll::io
