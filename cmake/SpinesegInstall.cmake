# SPDX-License-Identifier: GPL-3.0-or-later
# `cmake --install build/release [--prefix DIR]`: programs, plugin, model bundles, and the worker as a systemd service.
include(GNUInstallDirs)

if(TARGET OrthancSpineSeg)
  # Not into Orthanc's own folder of plugins: README.md says how an administrator switches it on.
  install(TARGETS OrthancSpineSeg LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/spineseg)
endif()
if(TARGET spineseg-worker)
  install(TARGETS spineseg spineseg-worker RUNTIME)
  install(DIRECTORY models/ DESTINATION ${CMAKE_INSTALL_DATADIR}/spineseg/models)
  # Written when it is installed: only then is --prefix known, and the unit names absolute paths.
  install(CODE "
    set(BINDIR \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}\")
    set(DATADIR \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DATADIR}\")
    set(DOCDIR \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DOCDIR}\")
    configure_file(\"${CMAKE_SOURCE_DIR}/tools/systemd/spineseg-worker.service.in\"
                   \"${CMAKE_BINARY_DIR}/spineseg-worker.service\" @ONLY)")
  install(FILES ${CMAKE_BINARY_DIR}/spineseg-worker.service DESTINATION lib/systemd/system)
  install(FILES tools/systemd/sysusers.conf DESTINATION lib/sysusers.d RENAME spineseg.conf)
  install(FILES tools/systemd/tmpfiles.conf DESTINATION lib/tmpfiles.d RENAME spineseg.conf)
endif()
install(FILES README.md LICENSE CHANGELOG.md TYPE DOC)
