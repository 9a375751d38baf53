# SPDX-License-Identifier: GPL-3.0-or-later
# `cmake --install build/release [--prefix DIR]`: programs, plugin, model bundles, and the worker as a systemd service.
# Every rule has a component. `plugin`, `worker`, `cli` and `models` are what SpinesegPackages.cmake packs; `source` is
# only for an installation from source.
include(GNUInstallDirs)

# spineseg_compress(FROM TO): as Debian compresses manual pages and changelogs.
find_program(SPINESEG_GZIP gzip REQUIRED)
function(spineseg_compress from to)
  execute_process(COMMAND ${SPINESEG_GZIP} -9nc ${from} OUTPUT_FILE ${to} COMMAND_ERROR_IS_FATAL ANY)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${from})
endfunction()

function(spineseg_install_manual program component)
  set(page ${CMAKE_BINARY_DIR}/packaging/${program}.1.gz)
  spineseg_compress(${CMAKE_SOURCE_DIR}/packaging/man/${program}.1 ${page})
  install(FILES ${page} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT ${component})
endfunction()

file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/packaging)
if(TARGET OrthancSpineSeg)
  # Not into Orthanc's own folder of plugins: README.md says how an administrator switches it on.
  install(TARGETS OrthancSpineSeg LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/spineseg COMPONENT source)
endif()
if(TARGET spineseg-worker)
  install(TARGETS spineseg RUNTIME COMPONENT cli)
  install(TARGETS spineseg-worker RUNTIME COMPONENT worker)
  install(DIRECTORY models/ DESTINATION ${CMAKE_INSTALL_DATADIR}/spineseg/models COMPONENT models)
  # Written when it is installed: only then is --prefix known, and the unit names absolute paths.
  install(CODE "
    set(BINDIR \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}\")
    set(DATADIR \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DATADIR}\")
    configure_file(\"${CMAKE_SOURCE_DIR}/packaging/systemd/spineseg-worker.service.in\"
                   \"${CMAKE_BINARY_DIR}/packaging/spineseg-worker.service\" @ONLY)" COMPONENT worker)
  install(FILES ${CMAKE_BINARY_DIR}/packaging/spineseg-worker.service DESTINATION lib/systemd/system COMPONENT worker)
  install(FILES packaging/systemd/sysusers.conf DESTINATION lib/sysusers.d RENAME spineseg.conf COMPONENT worker)
  install(FILES packaging/systemd/tmpfiles.conf DESTINATION lib/tmpfiles.d RENAME spineseg.conf COMPONENT worker)
  spineseg_install_manual(spineseg cli)
  spineseg_install_manual(spineseg-worker worker)
endif()
install(FILES README.md LICENSE CHANGELOG.md TYPE DOC COMPONENT source)
install(DIRECTORY packaging/monitoring TYPE DOC COMPONENT source)

include(SpinesegPackages)
