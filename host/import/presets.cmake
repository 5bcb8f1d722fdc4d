# Makes one .cpp of plimsoll_io from all preset files, and makes it again when one changes.
file(GLOB presets CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/presets/*.toml)
set(preset_texts ${CMAKE_CURRENT_BINARY_DIR}/preset_texts.cpp)
add_custom_command(
  OUTPUT ${preset_texts}
  COMMAND ${CMAKE_COMMAND} -DFOLDER=${CMAKE_CURRENT_LIST_DIR}/presets -DOUTPUT=${preset_texts}
          -P ${CMAKE_CURRENT_LIST_DIR}/embed_presets.cmake
  DEPENDS ${presets} ${CMAKE_CURRENT_LIST_DIR}/embed_presets.cmake
  COMMENT "Import presets into the program" VERBATIM)
target_sources(plimsoll_io PRIVATE ${preset_texts})
