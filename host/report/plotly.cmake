# Finds plotly.js, which is embedded in the command: PLIMSOLL_PLOTLY_JS, else the one in the pinned plotly wheel of .venv.
set(PLIMSOLL_PLOTLY_JS "" CACHE FILEPATH "plotly.min.js for the HTML reports; default: the plotly wheel's in .venv")

if(PLIMSOLL_PLOTLY_JS)
  set(plotly_js ${PLIMSOLL_PLOTLY_JS})
else()
  file(GLOB plotly_found ${PROJECT_SOURCE_DIR}/.venv/lib/python3*/site-packages/plotly/package_data/plotly.min.js)
  if(NOT plotly_found)
    message(FATAL_ERROR "plotly.js for the HTML reports was not found: there is no plotly wheel in .venv. "
                        "./dev build installs it; -DPLIMSOLL_PLOTLY_JS=FILE names another plotly.min.js; "
                        "-DPLIMSOLL_IO=OFF builds without files and command.")
  endif()
  list(GET plotly_found 0 plotly_js)
endif()
if(NOT EXISTS ${plotly_js})
  message(FATAL_ERROR "PLIMSOLL_PLOTLY_JS: there is no file ${plotly_js}")
endif()
# It is embedded in <script> ... </script>, and its banner is the licence notice that must be distributed with it.
file(STRINGS ${plotly_js} plotly_end LIMIT_COUNT 1 REGEX "</script|<!--")
file(STRINGS ${plotly_js} plotly_licence LIMIT_COUNT 1 REGEX "Licensed under the MIT license")
if(plotly_end OR NOT plotly_licence)
  message(FATAL_ERROR "${plotly_js} cannot be embedded in a page, because it has </script or <!--, or lacks its licence notice")
endif()
message(STATUS "plotly.js: ${plotly_js}")
