# A build of the wheel has no .venv, so Arrow and plotly.js come from the packages that pyproject.toml requires.
find_package(Python 3.10 REQUIRED COMPONENTS Interpreter)
execute_process(
  COMMAND ${Python_EXECUTABLE} -c "import importlib.util as u; [print(u.find_spec(n).submodule_search_locations[0]) for n in ('pyarrow', 'plotly')]"
  OUTPUT_VARIABLE found OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
string(REPLACE "\n" ";" found "${found}")
list(GET found 0 PLIMSOLL_ARROW_WHEEL)
list(GET found 1 plotly_package)
set(PLIMSOLL_PLOTLY_JS ${plotly_package}/package_data/plotly.min.js)
