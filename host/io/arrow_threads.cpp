#include "host/io/arrow_threads.hpp"

#include <arrow/status.h>
#include <arrow/util/thread_pool.h>

namespace plimsoll::io {

arrow_threads::arrow_threads(int wanted)
    : before_(arrow::GetCpuThreadPoolCapacity()), set_(wanted <= 0 || arrow::SetCpuThreadPoolCapacity(wanted).ok()) {}

arrow_threads::~arrow_threads() {
  if (arrow::GetCpuThreadPoolCapacity() != before_) { (void)arrow::SetCpuThreadPoolCapacity(before_).ok(); }
}

}  // namespace plimsoll::io
