// Makes chunks of a table in parallel and consumes them in order, a bounded number at a time.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include <oneapi/tbb/parallel_pipeline.h>
#include <oneapi/tbb/task_arena.h>

#include "host/io/threads.hpp"
#include "host/io/write_table.hpp"

namespace plimsoll::io {

/// Chunks that are reused, so that their memory is allocated once.
class chunk_scratch {
 public:
  explicit chunk_scratch(std::size_t columns) : columns_(columns) {}

  [[nodiscard]] table_chunk take() {
    table_chunk out;
    {
      const std::lock_guard lock(mutex_);
      if (!free_.empty()) {
        out = std::move(free_.back());
        free_.pop_back();
      }
    }
    out.columns.resize(columns_);
    return out;
  }
  void give_back(table_chunk&& used) {
    for (column_cells& cells : used.columns) {
      cells.valid.clear();
      cells.text.clear();
      cells.owned.clear();
      cells.amount.clear();
      cells.digits.clear();
      cells.integer.clear();
      cells.score.clear();
    }
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(used));
  }

 private:
  std::size_t columns_;
  std::mutex mutex_;
  std::vector<table_chunk> free_;
};

/// `make(table_chunk)` turns a filled chunk into a Product, in parallel; `consume(Product)` takes them in row order,
/// one at a time, and its status says whether to continue. A table without rows makes no chunk.
template <class Product, class Make, class Consume>
status run_chunks(const table_source& table, const write_options& options, Make make, Consume consume) {
  const std::uint64_t rows = table.rows();
  std::uint64_t next = 0;
  std::uint64_t done = 0;
  std::optional<error> failure;     // Set and read only by `take`.
  std::atomic<bool> failed{false};  // Lets `cut`, on another thread, know of the failure.
  bool interrupted = false;         // Set only by `cut`.
  chunk_scratch scratch(table.columns().size());
  struct range {
    std::uint64_t begin;
    std::uint64_t end;
  };
  struct item {
    std::uint64_t rows;
    Product product;
  };
  using oneapi::tbb::filter_mode;
  using oneapi::tbb::make_filter;
  const auto cut = [&](oneapi::tbb::flow_control& flow) -> range {
    interrupted = options.stop != nullptr && options.stop->load(std::memory_order_relaxed);
    if (interrupted || failed.load(std::memory_order_relaxed) || next == rows) {
      flow.stop();
      return {0, 0};
    }
    const range out{next, std::min(rows, next + rows_per_chunk)};
    next = out.end;
    return out;
  };
  const auto fill = [&](range of) -> std::shared_ptr<item> {
    table_chunk chunk = scratch.take();
    table.fill(of.begin, of.end, chunk);
    auto made = std::make_shared<item>(item{of.end - of.begin, make(chunk, of.end - of.begin)});
    scratch.give_back(std::move(chunk));
    return made;
  };
  const auto take = [&](const std::shared_ptr<item>& made) {
    if (failure) { return; }
    if (auto taken = consume(made->product); !taken) {
      failure = std::move(taken).error();
      failed.store(true, std::memory_order_relaxed);
      return;
    }
    done += made->rows;
    if (options.on_progress) { options.on_progress(static_cast<double>(done) / static_cast<double>(rows)); }
  };
  run_on(options.threads, [&] {
    const auto tokens = static_cast<std::size_t>(2 * oneapi::tbb::this_task_arena::max_concurrency());
    oneapi::tbb::parallel_pipeline(tokens,
                                   make_filter<void, range>(filter_mode::serial_in_order, cut) &
                                       make_filter<range, std::shared_ptr<item>>(filter_mode::parallel, fill) &
                                       make_filter<std::shared_ptr<item>, void>(filter_mode::serial_in_order, take));
  });
  if (failure) { return std::move(*failure); }
  if (interrupted) { return error{error_code::interrupted, "interrupted"}; }
  return ok();
}

}  // namespace plimsoll::io
