#include <cstring>

#include <nanobind/stl/string.h>

#include "python/bindings.hpp"

namespace plimsoll::python {

void fail(const error& why, const std::vector<refused_place>& places) {
  nb::list refusals;
  for (const refused_place& one : places) {
    refusals.append(nb::make_tuple(one.file, one.row, one.column, one.value, one.reason));
  }
  const nb::object made =
      nb::module_::import_("plimsoll.errors").attr("make")(to_string(why.code), why.message, refusals, why.detail);
  PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(made.ptr())), made.ptr());
  throw nb::python_error();
}

table_out::~table_out() {
  if (held_.release != nullptr) { held_.release(&held_); }
}

nb::object table_out::capsule() {
  auto owned = std::make_unique<ArrowArrayStream>(held_);
  PyObject* made = PyCapsule_New(owned.get(), "arrow_array_stream", [](PyObject* capsule) {
    auto* stream = static_cast<ArrowArrayStream*>(PyCapsule_GetPointer(capsule, "arrow_array_stream"));
    if (stream->release != nullptr) { stream->release(stream); }
    delete stream;
  });
  if (made == nullptr) { throw nb::python_error(); }
  (void)owned.release();
  std::memset(&held_, 0, sizeof held_);
  return nb::steal(made);
}

ArrowArrayStream* stream_in(nb::handle capsule) {
  void* stream = PyCapsule_GetPointer(capsule.ptr(), "arrow_array_stream");
  if (stream == nullptr) { throw nb::python_error(); }
  return static_cast<ArrowArrayStream*>(stream);
}

}  // namespace plimsoll::python
