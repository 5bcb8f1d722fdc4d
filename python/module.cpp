// The module `plimsoll._native`, which only the package beside it imports.
#include "plimsoll/version.hpp"
#include "python/bindings.hpp"

NB_MODULE(_native, made) {
  made.attr("version") = PLIMSOLL_VERSION;
  plimsoll::python::bind_commands(made);
  plimsoll::python::bind_scanner(made);
  plimsoll::python::bind_executor(made);
}
