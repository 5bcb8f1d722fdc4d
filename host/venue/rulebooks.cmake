# Makes one .cpp of plimsoll_core from all rulebook files, and makes it again when one changes.
file(GLOB rulebooks CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/rulebooks/*.toml)
set(rulebook_texts ${CMAKE_CURRENT_BINARY_DIR}/rulebook_texts.cpp)
add_custom_command(
  OUTPUT ${rulebook_texts}
  COMMAND ${CMAKE_COMMAND} -DFOLDER=${CMAKE_CURRENT_LIST_DIR}/rulebooks -DOUTPUT=${rulebook_texts}
          -P ${CMAKE_CURRENT_LIST_DIR}/embed_rulebooks.cmake
  DEPENDS ${rulebooks} ${CMAKE_CURRENT_LIST_DIR}/embed_rulebooks.cmake
  COMMENT "Rulebooks into the program" VERBATIM)
target_sources(plimsoll_core PRIVATE ${rulebook_texts})
