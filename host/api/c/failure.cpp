#include "host/api/c/failure.hpp"

#include <exception>
#include <new>

#include "host/api/c/arguments.hpp"

namespace plimsoll::c {

namespace {

struct kept_failure {
  const char* call = "";
  failure what{PLIMSOLL_OK, ""};
  const char* fixed_message = nullptr;  ///< Replaces a text for which there was no memory.
};

thread_local kept_failure last;

}  // namespace

plimsoll_status status_of(error_code code) {
  switch (code) {
    case error_code::usage: return PLIMSOLL_USAGE;
    case error_code::bad_data: return PLIMSOLL_BAD_DATA;
    case error_code::not_supported: return PLIMSOLL_NOT_SUPPORTED;
    case error_code::io: return PLIMSOLL_IO;
    case error_code::out_of_memory: return PLIMSOLL_OUT_OF_MEMORY;
    case error_code::device_missing: return PLIMSOLL_DEVICE_MISSING;
    case error_code::device_memory: return PLIMSOLL_DEVICE_MEMORY;
    case error_code::device_fault: return PLIMSOLL_DEVICE_FAULT;
    case error_code::device_lost: return PLIMSOLL_DEVICE_LOST;
    case error_code::interrupted: return PLIMSOLL_INTERRUPTED;
    case error_code::invariant_broken: return PLIMSOLL_INVARIANT_BROKEN;
  }
  return PLIMSOLL_INVARIANT_BROKEN;
}

void fail(plimsoll_status code, std::string message) { throw failure{code, std::move(message)}; }

void fail(plimsoll::error cause, std::vector<refused_place> places) {
  throw failure{status_of(cause.code), std::move(cause.message), cause.detail, std::move(places)};
}

void keep_failure(const char* name, failure&& what) noexcept {
  last.call = name;
  last.what = std::move(what);
  last.fixed_message = nullptr;
}

void keep_failure(const char* name, plimsoll_status code, const char* message) noexcept {
  keep_failure(name, failure{code, {}});
  last.fixed_message = message;
}

plimsoll_status caught(const char* name) noexcept {
  try {
    throw;
  } catch (failure& what) { keep_failure(name, std::move(what)); } catch (const std::bad_alloc&) {
    keep_failure(name, PLIMSOLL_OUT_OF_MEMORY, "not enough memory");
  } catch (const std::exception& what) {
    try {
      keep_failure(name, failure{PLIMSOLL_INVARIANT_BROKEN,
                                 std::string("Invariant: no exception is thrown here: ") + what.what()});
    } catch (...) { keep_failure(name, PLIMSOLL_OUT_OF_MEMORY, "not enough memory"); }
  } catch (...) { keep_failure(name, PLIMSOLL_INVARIANT_BROKEN, "Invariant: no exception is thrown here"); }
  return last.what.code;
}

}  // namespace plimsoll::c

using namespace plimsoll::c;

plimsoll_status plimsoll_last_error(plimsoll_error* out) {
  // Neither this function nor the next one sets the last error.
  if (!is_sized(out)) { return PLIMSOLL_BAD_ARGUMENT; }
  plimsoll_error outcome{};
  outcome.status = last.what.code;
  outcome.detail = last.what.detail;
  outcome.refusals = last.what.places.size();
  outcome.call = last.call;
  outcome.message = last.fixed_message != nullptr ? last.fixed_message : last.what.message.c_str();
  give(out, outcome);
  return PLIMSOLL_OK;
}

plimsoll_status plimsoll_last_refusal(uint64_t index, plimsoll_refusal* out) {
  if (!is_sized(out)) { return PLIMSOLL_BAD_ARGUMENT; }
  if (index >= last.what.places.size()) { return PLIMSOLL_USAGE; }
  const plimsoll::refused_place& place = last.what.places[index];
  plimsoll_refusal outcome{};
  outcome.row = place.row;
  outcome.table = place.file.c_str();
  outcome.column = place.column.c_str();
  outcome.value = place.value.c_str();
  outcome.reason = place.reason.c_str();
  give(out, outcome);
  return PLIMSOLL_OK;
}

const char* plimsoll_status_text(plimsoll_status status) {
  switch (status) {
    case PLIMSOLL_OK: return "ok";
    case PLIMSOLL_BAD_ARGUMENT: return "bad_argument";
    case PLIMSOLL_BAD_HANDLE: return "bad_handle";
    case PLIMSOLL_BUSY: return "busy";
    default: break;
  }
  for (int code = 0; code <= static_cast<int>(plimsoll::error_code::invariant_broken); ++code) {
    if (status_of(static_cast<plimsoll::error_code>(code)) == status) {
      return to_string(static_cast<plimsoll::error_code>(code));
    }
  }
  return "unknown";
}
