# Declares `plimsoll_arrow`: Arrow C++ with Parquet, as one interface library.
#
# Uses the system's packages if there are any, else the libraries in the pinned pyarrow wheel of .venv.
# PLIMSOLL_ARROW_FILES lists the shared libraries that must be installed with Plimsoll (empty for the system's).
set(PLIMSOLL_ARROW_FILES "")
set(PLIMSOLL_ARROW_WHEEL "" CACHE PATH "Folder of an unpacked pyarrow package; default: the one in .venv")

add_library(plimsoll_arrow INTERFACE)

if(NOT PLIMSOLL_ARROW_WHEEL AND NOT DEFINED ENV{PLIMSOLL_IGNORE_SYSTEM_ARROW})
  find_package(Arrow QUIET)
  find_package(Parquet QUIET)
endif()

# Older versions lack the reading calls that return their result.
if(Arrow_FOUND AND Parquet_FOUND AND NOT ARROW_VERSION VERSION_LESS 24)
  target_link_libraries(plimsoll_arrow INTERFACE Arrow::arrow_shared Parquet::parquet_shared)
  message(STATUS "Arrow ${ARROW_VERSION}: the system's")
  return()
endif()

if(PLIMSOLL_ARROW_WHEEL)
  set(wheel ${PLIMSOLL_ARROW_WHEEL})
else()
  file(GLOB wheels ${PROJECT_SOURCE_DIR}/.venv/lib/python3*/site-packages/pyarrow)
  list(LENGTH wheels wheel_count)
  if(wheel_count EQUAL 0)
    message(FATAL_ERROR "Arrow C++ was not found: neither a system package (libarrow-dev with libparquet-dev) "
                        "nor the pyarrow wheel in .venv. ./dev build installs the wheel; "
                        "-DPLIMSOLL_IO=OFF builds without files and command.")
  endif()
  list(GET wheels 0 wheel)
endif()

# The wheel has libarrow.so.N but no libarrow.so, so the versioned files are linked.
target_include_directories(plimsoll_arrow SYSTEM INTERFACE ${wheel}/include)
foreach(part IN ITEMS arrow parquet)
  file(GLOB library ${wheel}/lib${part}.so.[0-9]*)
  list(FILTER library INCLUDE REGEX "\\.so\\.[0-9]+$")
  if(NOT library)
    message(FATAL_ERROR "There is no lib${part}.so.N in ${wheel}.")
  endif()
  list(GET library 0 library)
  list(APPEND PLIMSOLL_ARROW_FILES ${library})
  add_library(plimsoll_${part}_shared SHARED IMPORTED)
  set_target_properties(plimsoll_${part}_shared PROPERTIES IMPORTED_LOCATION ${library})
  target_link_libraries(plimsoll_arrow INTERFACE plimsoll_${part}_shared)
endforeach()
message(STATUS "Arrow: the wheel in ${wheel}")
