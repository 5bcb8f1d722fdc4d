# Debian packages, one per component: `plimsoll` (the command), `libplimsoll0.1` (the library), `libplimsoll-dev`, and, where
# the Python module is built, `python3-plimsoll`.
#
# `./dev package` makes them, checks them with lintian and tests them. finish_packages.cmake adds the files that no
# component installs (copyright, changelog, compressed manual page).
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME plimsoll)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "exact portfolio risk scans, liquidations and auto-deleveraging")
set(CPACK_PACKAGE_CONTACT "Plimsoll maintainers <maintainers@plimsoll.example>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL cli lib dev)
if(PLIMSOLL_PYTHON_VERSION)
  list(APPEND CPACK_COMPONENTS_ALL python)
endif()
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_SOURCE_DIR}/finish_packages.cmake)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${CMAKE_CURRENT_BINARY_DIR})
if(PLIMSOLL_ARROW_FILES)
  list(GET PLIMSOLL_ARROW_FILES 0 arrow_file)
  get_filename_component(arrow_folder ${arrow_file} DIRECTORY)
  list(APPEND CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${arrow_folder})
endif()

set(library_package libplimsoll${plimsoll_abi})
set(same_version "(= ${PROJECT_VERSION})")
set(CPACK_DEBIAN_CLI_PACKAGE_NAME plimsoll)
set(CPACK_DEBIAN_CLI_PACKAGE_SECTION science)
# The command contains the code of the library, and uses the wheel's Arrow from the library's package.
set(CPACK_DEBIAN_CLI_PACKAGE_DEPENDS "${library_package} ${same_version}")
set(CPACK_COMPONENT_CLI_DESCRIPTION
  "The command reads a venue's book, computes the margin of every account
exactly, and reports who is liquidated, who is deleveraged and what each
party pays. It replays crashes, compares rulebooks and draws reports.")

set(CPACK_DEBIAN_LIB_PACKAGE_NAME ${library_package})
set(CPACK_DEBIAN_LIB_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_LIB_PACKAGE_CONTROL_EXTRA ${CMAKE_CURRENT_SOURCE_DIR}/triggers)
set(CPACK_COMPONENT_LIB_DESCRIPTION
  "The library is the command's engine for programs in C++, in C and in
languages that call C. It keeps a book, takes updates and marks, and has an
executor.")

set(CPACK_DEBIAN_DEV_PACKAGE_NAME libplimsoll-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS "${library_package} ${same_version}")
set(CPACK_DEBIAN_DEV_PACKAGE_SUGGESTS "libtbb-dev, libfmt-dev, libxxhash-dev, libhwy-dev")
set(CPACK_COMPONENT_DEV_DESCRIPTION
  "Development files: headers for C++20 and C99, the static library, and files
for CMake and pkg-config.")

# Debian has no package of pyarrow: the module itself finds Arrow in the library's package, and `import plimsoll` says how
# to get pyarrow.
set(CPACK_DEBIAN_PYTHON_PACKAGE_NAME python3-plimsoll)
set(CPACK_DEBIAN_PYTHON_PACKAGE_SECTION python)
set(CPACK_DEBIAN_PYTHON_PACKAGE_DEPENDS "${library_package} ${same_version}, python3 (>= ${PLIMSOLL_PYTHON_VERSION}), python3 (<< ${PLIMSOLL_PYTHON_NEXT})")
set(CPACK_COMPONENT_PYTHON_DESCRIPTION
  "The package plimsoll for Python: books from dataframes, scans and replays as
functions, a scanner and an executor that stay in memory. It needs pyarrow,
which a virtual environment with the system's packages takes from PyPI.")

# For finish_packages.cmake.
set(CPACK_PLIMSOLL_SOURCE ${PROJECT_SOURCE_DIR})
set(CPACK_PLIMSOLL_PACKAGES "cli=plimsoll;lib=${library_package};dev=libplimsoll-dev;python=python3-plimsoll")
set(CPACK_PLIMSOLL_VERSION ${PROJECT_VERSION})
include(CPack)
