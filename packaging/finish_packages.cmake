# CPack runs this before it packs. Adds the files that Debian requires in every package and that no component of the
# build installs.
find_program(gzip gzip REQUIRED)
find_program(strip strip REQUIRED)

string(TIMESTAMP today "%a, %d %b %Y %H:%M:%S +0000" UTC)  # Or SOURCE_DATE_EPOCH's day.

# Compresses `from` into `file` with gzip, with the same bytes each time.
function(compress from file)
  execute_process(COMMAND ${gzip} -9 --no-name --stdout ${from} OUTPUT_FILE ${file} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

foreach(pair IN LISTS CPACK_PLIMSOLL_PACKAGES)
  string(REPLACE "=" ";" pair "${pair}")
  list(GET pair 0 component)
  list(GET pair 1 package)
  set(usr ${CPACK_TEMPORARY_DIRECTORY}/${component}/usr)
  if(NOT IS_DIRECTORY ${usr})
    continue()
  endif()
  set(doc ${usr}/share/doc/${package})
  file(MAKE_DIRECTORY ${doc})
  file(COPY_FILE ${CPACK_PLIMSOLL_SOURCE}/packaging/copyright ${doc}/copyright)
  file(WRITE ${doc}/changelog "${package} (${CPACK_PLIMSOLL_VERSION}) unstable; urgency=low\n\n"
                              "  * NEWS.gz lists the changes.\n\n -- ${CPACK_PACKAGE_CONTACT}  ${today}\n")
  compress(${doc}/changelog ${doc}/changelog.gz)
  file(REMOVE ${doc}/changelog)
  compress(${CPACK_PLIMSOLL_SOURCE}/CHANGELOG.md ${doc}/NEWS.gz)

  file(GLOB_RECURSE pages ${usr}/share/man/*.1)
  foreach(page IN LISTS pages)
    compress(${page} ${page}.gz)
    file(REMOVE ${page})
  endforeach()
  # The wheel's Arrow has debug symbols.
  file(GLOB_RECURSE private ${usr}/lib/*/plimsoll/*.so.* ${usr}/lib/plimsoll/*.so.*)
  foreach(library IN LISTS private)
    execute_process(COMMAND ${strip} --strip-unneeded --remove-section=.comment ${library} COMMAND_ERROR_IS_FATAL ANY)
    file(CHMOD ${library} PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
  endforeach()
  if(private)
    file(MAKE_DIRECTORY ${usr}/share/lintian/overrides)
    file(COPY_FILE ${CPACK_PLIMSOLL_SOURCE}/packaging/lintian_overrides ${usr}/share/lintian/overrides/${package})
  endif()
endforeach()
