#include "tests/embed/c_book.hpp"

#include <arrow/array.h>
#include <arrow/c/bridge.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>

#include "examples/text_stream.h"

namespace plimsoll {

std::vector<named_csv> first_venue() {
  return {{"assets", "asset,step\nBTC,\nUSDT,0.01\n"},
          {"instruments",
           "instrument,kind,base,settle,contract_size,price_step,size_step,tier_table\n"
           "BTC-PERP,linear,BTC,USDT,1,0.5,0.001,majors\n"},
          {"tiers", "tier_table,floor,maintenance_rate,max_leverage\nmajors,0,0.005,100\nmajors,100000,0.01,50\n"},
          {"balances", "account,asset,amount\nann,USDT,9000.00\nbob,USDT,60000.00\ncat,USDT,500.00\n"},
          {"positions",
           "account,instrument,size,entry_price\nann,BTC-PERP,2.000,70000\nbob,BTC-PERP,-1.500,69000\n"
           "cat,BTC-PERP,-0.500,65000\n"},
          {"marks", "instrument,mark\nBTC-PERP,65000\n"}};
}

c_scanner::c_scanner() {
  auto options = sized<plimsoll_scanner_options>();
  options.backend = "cpu";
  options.threads = 1;
  EXPECT_EQ(plimsoll_scanner_open(&options, &handle_), PLIMSOLL_OK) << last_error().message;
}
c_scanner::~c_scanner() { (void)plimsoll_scanner_close(handle_); }

plimsoll_status c_scanner::load(const std::vector<named_csv>& tables, const char* toml) const {
  std::vector<ArrowArrayStream> rows(tables.size());
  std::vector<plimsoll_table> named;
  for (std::size_t i = 0; i < tables.size(); ++i) {
    rows[i] = stream_of(tables[i].second);
    named.push_back({tables[i].first.c_str(), &rows[i]});
  }
  const plimsoll_status outcome = plimsoll_scanner_load_tables(handle_, toml, named.data(), named.size());
  for (ArrowArrayStream& one : rows) { EXPECT_EQ(one.release, nullptr); }
  return outcome;
}

namespace {

/// A stream that counts its releases.
struct counted {
  ArrowArrayStream inner;
  int* released;
};
counted& of(ArrowArrayStream* stream) { return *static_cast<counted*>(stream->private_data); }

}  // namespace

ArrowArrayStream stream_of(const std::string& csv, int* released) {
  ArrowArrayStream inner;
  EXPECT_EQ(text_stream_make(csv.c_str(), &inner), 0);
  if (released == nullptr) { return inner; }
  ArrowArrayStream out;
  out.get_schema = [](ArrowArrayStream* self, ArrowSchema* schema) {
    return of(self).inner.get_schema(&of(self).inner, schema);
  };
  out.get_next = [](ArrowArrayStream* self, ArrowArray* array) {
    return of(self).inner.get_next(&of(self).inner, array);
  };
  out.get_last_error = [](ArrowArrayStream*) -> const char* { return nullptr; };
  out.release = [](ArrowArrayStream* self) {
    counted* const by = &of(self);
    ++*by->released;
    by->inner.release(&by->inner);
    delete by;
    self->release = nullptr;
  };
  out.private_data = new counted{inner, released};
  return out;
}

std::shared_ptr<arrow::Table> table_of(ArrowArrayStream& stream) {
  auto reader = arrow::ImportRecordBatchReader(&stream);
  EXPECT_TRUE(reader.ok());
  auto table = (*reader)->ToTable();
  EXPECT_TRUE(table.ok() && (*table)->ValidateFull().ok());
  return *table;
}

std::string cell(const std::shared_ptr<arrow::Table>& table, const std::string& column, std::int64_t row) {
  const auto values = table->GetColumnByName(column);
  EXPECT_NE(values, nullptr) << column;
  return values == nullptr ? "" : (*values->GetScalar(row))->ToString();
}

plimsoll_error last_error() {
  auto out = sized<plimsoll_error>();
  EXPECT_EQ(plimsoll_last_error(&out), PLIMSOLL_OK);
  return out;
}

plimsoll_refusal last_refusal(std::uint64_t index) {
  auto out = sized<plimsoll_refusal>();
  EXPECT_EQ(plimsoll_last_refusal(index, &out), PLIMSOLL_OK);
  return out;
}

}  // namespace plimsoll
