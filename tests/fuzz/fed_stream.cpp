#include "tests/fuzz/fed_stream.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <sstream>
#include <utility>
#include <vector>

#include <arrow/api.h>
#include <arrow/c/bridge.h>

#include "tests/fuzz/must.hpp"

namespace plimsoll::fuzz {

namespace {

int open = 0;

using cells = std::vector<std::string>;

std::vector<cells> split(const std::string& csv) {
  std::vector<cells> rows;
  std::istringstream lines(csv);
  for (std::string line; std::getline(lines, line);) {
    cells& row = rows.emplace_back();
    std::istringstream fields(line);
    for (std::string cell; std::getline(fields, cell, ',');) { row.push_back(cell); }
    row.resize(rows.front().size());
  }
  return rows;
}

template <class Builder>
std::shared_ptr<arrow::Array> texts(Builder builder, const std::vector<cells>& rows, std::size_t column) {
  for (std::size_t row = 1; row < rows.size(); ++row) {
    const std::string& cell = rows[row][column];
    must((cell.empty() ? builder.AppendNull() : builder.Append(cell)).ok(), "append");
  }
  return builder.Finish().ValueOrDie();
}

/// Numbers of a column; cells that are none become a value that the tape chooses.
template <class Builder, class Number>
std::shared_ptr<arrow::Array> numbers(Builder builder, const std::vector<cells>& rows, std::size_t column,
                                      Number number) {
  for (std::size_t row = 1; row < rows.size(); ++row) {
    const std::string& cell = rows[row][column];
    must((cell.empty() ? builder.AppendNull() : builder.Append(number(cell))).ok(), "append");
  }
  return builder.Finish().ValueOrDie();
}

std::shared_ptr<arrow::Array> array_of(const std::vector<cells>& rows, std::size_t column, std::uint32_t kind) {
  // Text more often than the rest: it can express every value.
  switch (kind) {
    case 0: return texts(arrow::LargeStringBuilder(), rows, column);
    case 1: return texts(arrow::StringViewBuilder(), rows, column);
    case 2: return texts(arrow::StringDictionary32Builder(), rows, column);
    // Parts that only wild tables have.
    case 16: return texts(arrow::BinaryBuilder(), rows, column);
    case 17: {
      const auto whole = [](const std::string& cell) { return std::atoll(cell.c_str()); };
      switch (rows.front()[column].size() % 3) {
        case 0: return numbers(arrow::Int64Builder(), rows, column, whole);
        case 1:
          return numbers(arrow::UInt8Builder(), rows, column,
                         [&](const std::string& cell) { return whole(cell) & 0xff; });
        default:
          return numbers(
              arrow::TimestampBuilder(arrow::timestamp(arrow::TimeUnit::NANO, "UTC"), arrow::default_memory_pool()),
              rows, column, whole);
      }
    }
    case 18: {
      const auto type = arrow::decimal128(38, static_cast<int>(rows.front()[column].size()));
      return numbers(arrow::Decimal128Builder(type), rows, column,
                     [](const std::string& cell) { return arrow::Decimal128(std::atoll(cell.c_str())); });
    }
    case 19: {
      switch (rows.front()[column].size() % 4) {
        case 0:
          return numbers(arrow::DoubleBuilder(), rows, column,
                         [](const std::string& cell) { return std::atof(cell.c_str()); });
        case 1:
          return numbers(arrow::BooleanBuilder(), rows, column, [](const std::string& cell) { return cell == "true"; });
        case 2: return arrow::MakeArrayOfNull(arrow::null(), static_cast<std::int64_t>(rows.size()) - 1).ValueOrDie();
        default:
          return arrow::StructArray::Make({texts(arrow::StringBuilder(), rows, column)}, {std::string("inside")})
              .ValueOrDie();
      }
    }
    default: return texts(arrow::StringBuilder(), rows, column);
  }
}

std::shared_ptr<arrow::Table> table_of(const std::string& csv, bool wild, tape& choices) {
  const std::vector<cells> rows = split(csv);
  if (rows.empty()) { return arrow::Table::Make(arrow::schema({}), arrow::ArrayVector{}, 0); }
  arrow::FieldVector fields;
  arrow::ArrayVector columns;
  const std::uint32_t odd = wild ? choices.below(16) : 0;
  for (std::size_t column = 0; column < rows.front().size(); ++column) {
    if (odd == 1 && column == 0) { continue; }  // One is missing,
    columns.push_back(array_of(rows, column, choices.below(wild ? 20 : 16)));
    fields.push_back(arrow::field(rows.front()[column], columns.back()->type()));
  }
  if (odd == 2 && !fields.empty()) {  // or there twice,
    columns.push_back(columns.front());
    fields.push_back(fields.front());
  }
  if (odd == 3) {  // or unknown.
    columns.push_back(texts(arrow::StringBuilder(), rows, 0));
    fields.push_back(arrow::field("side_of_\xff", arrow::utf8()));
  }
  auto table = arrow::Table::Make(arrow::schema(fields), columns, static_cast<std::int64_t>(rows.size()) - 1);
  if (!wild || !choices.once_in(4)) { return table; }
  return table->Slice(std::min<std::int64_t>(choices.below(3), table->num_rows()), choices.below(6));
}

// ------------------------------------------------------------------------------------------------------------- faults
enum class fault {
  none,
  no_schema,
  no_batch,
  no_second_batch,
  odd_format,
  odd_nulls,
  odd_length,
  odd_offsets,
  odd_text
};

struct fed {
  ArrowArrayStream inner{};
  fault what = fault::none;
  std::uint8_t where = 0;
  plimsoll_scanner reenter = 0;
  int batches = 0;
};
fed& of(ArrowArrayStream* stream) { return *static_cast<fed*>(stream->private_data); }

void spoil(fed& by, ArrowSchema& schema) {
  if (by.what != fault::odd_format || schema.n_children == 0) { return; }
  ArrowSchema& child = *schema.children[by.where % schema.n_children];
  // Of the same number of buffers and no wider, so that no call reads beyond them.
  constexpr const char* formats[] = {"z", "zz", "", "+w:", "+s", "n", "vz:", "d:", "d:99,2", "u:3", "\xff"};
  if (std::string_view(child.format) == "u") { child.format = formats[by.where % std::size(formats)]; }
}

void spoil(fed& by, ArrowArray& batch) {
  if (batch.release == nullptr || batch.n_children == 0) { return; }
  ArrowArray& child = *batch.children[by.where % batch.n_children];
  switch (by.what) {
    case fault::odd_nulls: child.null_count = by.where - 2; break;
    case fault::odd_length:
      if (by.where % 2 == 0) {
        child.length = child.length > 0 ? child.length - 1 : 0;  // The others are longer.
      } else {
        batch.length = batch.length > 0 ? batch.length - 1 : 0;
      }
      break;
    case fault::odd_offsets:
      if (child.n_buffers == 3 && child.length > 1 && child.offset == 0 && child.buffers[1] != nullptr) {
        // Down and up again, all within the bytes that there are.
        auto* const offsets = const_cast<std::int32_t*>(static_cast<const std::int32_t*>(child.buffers[1]));
        std::swap(offsets[0], offsets[child.length - 1]);
      }
      break;
    default: break;
  }
}

int fed_schema(ArrowArrayStream* stream, ArrowSchema* out) {
  fed& by = of(stream);
  if (by.what == fault::no_schema) { return EIO; }
  const int failed = by.inner.get_schema(&by.inner, out);
  if (failed == 0) { spoil(by, *out); }
  return failed;
}

int fed_next(ArrowArrayStream* stream, ArrowArray* out) {
  fed& by = of(stream);
  if (by.reenter != 0) {
    const plimsoll_status outcome = plimsoll_scanner_tick(by.reenter, nullptr, nullptr);
    must(outcome == PLIMSOLL_BUSY || outcome == PLIMSOLL_BAD_HANDLE, "a scanner ticks while it reads a stream");
  }
  if (by.what == fault::no_batch) { return EINVAL; }
  if (by.what == fault::no_second_batch && by.batches++ == 1) { return ENOENT; }
  const int failed = by.inner.get_next(&by.inner, out);
  if (failed == 0) { spoil(by, *out); }
  return failed;
}

const char* fed_error(ArrowArrayStream* stream) { return of(stream).where % 2 == 0 ? nullptr : "broken \xff here"; }

void fed_release(ArrowArrayStream* stream) {
  fed* const by = &of(stream);
  if (by->inner.release != nullptr) { by->inner.release(&by->inner); }
  delete by;
  stream->release = nullptr;
  --open;
}

}  // namespace

int open_streams() { return open; }

void feed(const std::string& csv, plimsoll_scanner reenter, tape& choices, ArrowArrayStream& out) {
  auto made = std::make_unique<fed>();
  const bool wild = choices.once_in(24);
  if (wild) { made->what = static_cast<fault>(choices.below(static_cast<int>(fault::odd_text) + 1)); }
  made->where = choices.byte();
  if (choices.once_in(8)) { made->reenter = reenter; }
  std::string text = csv;
  if (made->what == fault::odd_text && !text.empty()) {
    text[choices.below(static_cast<std::uint32_t>(text.size()))] = static_cast<char>(choices.byte());
  }
  auto table = table_of(text, wild, choices);
  auto reader = std::make_shared<arrow::TableBatchReader>(std::move(table));
  if (choices.once_in(3)) { reader->set_chunksize(1 + choices.below(4)); }
  must(arrow::ExportRecordBatchReader(reader, &made->inner).ok(), "export");
  out.get_schema = fed_schema;
  out.get_next = fed_next;
  out.get_last_error = fed_error;
  out.release = fed_release;
  out.private_data = made.release();
  ++open;
}

std::uint64_t drain(ArrowArrayStream& stream) {
  auto imported = arrow::ImportRecordBatchReader(&stream);
  must(imported.ok() && stream.release == nullptr, "a stream that came out has no schema");
  const auto table = (*imported)->ToTable();
  must(table.ok(), "a stream that came out fails");
  must((*table)->ValidateFull().ok(), "a table that came out is not sound");
  return static_cast<std::uint64_t>((*table)->num_rows());
}

}  // namespace plimsoll::fuzz
