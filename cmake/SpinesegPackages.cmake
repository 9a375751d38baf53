# SPDX-License-Identifier: GPL-3.0-or-later
# `cpack --config build/release/CPackConfig.cmake`: the Debian packages, for the release that they are built on. What
# they contain is decided here and in SpinesegInstall.cmake; their scripts are in packaging/debian.
string(REPLACE "-" "~" default_package_version ${SPINESEG_VERSION})  # 1.0.0~rc.1 < 1.0.0
set(SPINESEG_PACKAGE_VERSION ${default_package_version} CACHE STRING "Version of the packages, without the release's suffix")
set(SPINESEG_PACKAGE_MAINTAINER "spineseg maintainers <spineseg@packages.invalid>" CACHE STRING
    "Name and address of whoever distributes the packages")

# 1.0.0+deb12 < 1.0.0+deb13 < 1.0.1+deb12: one repository holds both releases, and an upgrade of Debian upgrades them.
cmake_host_system_information(RESULT os QUERY DISTRIB_INFO)
string(REGEX REPLACE "^debian$" "deb" suffix "${os_ID}")
set(SPINESEG_DEB_VERSION ${SPINESEG_PACKAGE_VERSION}+${suffix}${os_VERSION_ID})
set(SPINESEG_DEB_SUITE ${os_VERSION_CODENAME})
string(TIMESTAMP SPINESEG_PACKAGE_DATE "%a, %d %b %Y %H:%M:%S +0000" UTC)  # obeys SOURCE_DATE_EPOCH

set(debian ${CMAKE_SOURCE_DIR}/packaging/debian)
set(made ${CMAKE_BINARY_DIR}/packaging)
configure_file(${debian}/changelog.in ${made}/changelog @ONLY)
spineseg_compress(${made}/changelog ${made}/changelog.gz)
file(READ ${debian}/copyright-models text)
file(READ ${debian}/CC-BY-4.0 licence)
file(WRITE ${made}/copyright-models "${text}${licence}")

set(CPACK_COMPONENTS_ALL "")
# spineseg_package(COMPONENT NAME): the Debian package NAME, its scripts, its copyright and its changelog.
# EXCLUDE_FROM_ALL: what only packages contain.
macro(spineseg_package component name)
  string(TOUPPER ${component} upper)
  list(APPEND CPACK_COMPONENTS_ALL ${component})
  set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${name})
  file(GLOB control CONFIGURE_DEPENDS ${debian}/${name}/*)
  set(CPACK_DEBIAN_${upper}_PACKAGE_CONTROL_EXTRA ${control})
  install(FILES ${made}/changelog.gz DESTINATION share/doc/${name} COMPONENT ${component} EXCLUDE_FROM_ALL)
  set(copyright ${debian}/copyright)
  if(${component} STREQUAL models)
    set(copyright ${made}/copyright-models)
  endif()
  install(FILES ${copyright} DESTINATION share/doc/${name} RENAME copyright COMPONENT ${component} EXCLUDE_FROM_ALL)
endmacro()

if(TARGET OrthancSpineSeg)
  spineseg_package(plugin orthanc-spineseg)
  # As Debian's plugins: the library in /usr/lib/orthanc, a link to it in the folder that Orthanc searches.
  install(TARGETS OrthancSpineSeg LIBRARY DESTINATION lib/orthanc COMPONENT plugin EXCLUDE_FROM_ALL)
  file(CREATE_LINK ../../../lib/orthanc/libOrthancSpineSeg.so ${made}/libOrthancSpineSeg.so SYMBOLIC)
  install(FILES ${made}/libOrthancSpineSeg.so DESTINATION share/orthanc/plugins COMPONENT plugin EXCLUDE_FROM_ALL)
  install(FILES packaging/orthanc/spineseg.json DESTINATION /etc/orthanc COMPONENT plugin EXCLUDE_FROM_ALL)
  install(FILES config/README.md DESTINATION share/doc/orthanc-spineseg RENAME settings.md
          COMPONENT plugin EXCLUDE_FROM_ALL)
  install(FILES eligibility/README.md DESTINATION share/doc/orthanc-spineseg RENAME eligibility.md
          COMPONENT plugin EXCLUDE_FROM_ALL)
  install(DIRECTORY packaging/monitoring DESTINATION share/doc/orthanc-spineseg COMPONENT plugin EXCLUDE_FROM_ALL)
  install(FILES packaging/orthanc/orthanc-explorer-2.json DESTINATION share/doc/orthanc-spineseg/examples
          COMPONENT plugin EXCLUDE_FROM_ALL)
  set(CPACK_DEBIAN_PLUGIN_PACKAGE_SHLIBDEPS ON)
  # Pre-dependencies: a plugin that is unpacked while its worker is not yet installed would stop Orthanc's start.
  set(CPACK_DEBIAN_PLUGIN_PACKAGE_PREDEPENDS "orthanc (>= 1.10.1), spineseg-worker (= ${SPINESEG_DEB_VERSION})")
  set(CPACK_DEBIAN_PLUGIN_DESCRIPTION "lumbar spine MRI segmentation on arrival, for Orthanc
A plugin of Orthanc that has every sagittal lumbar spine MRI series segmented
when it has arrived: a Segmentation level by level, a map of the uncertainty
and a report of the measurements appear in the same study. The plugin keeps
the queue and hands the series to the service spineseg-worker.

Research use only. Not a medical device.")
endif()

if(TARGET spineseg-worker)
  spineseg_package(worker spineseg-worker)
  set(CPACK_DEBIAN_WORKER_PACKAGE_SHLIBDEPS ON)
  # Without OpenBLAS LibTorch multiplies with reference BLAS, some fifty times slower.
  set(CPACK_DEBIAN_WORKER_PACKAGE_DEPENDS "spineseg-models (= ${SPINESEG_DEB_VERSION}), libopenblas0-pthread, \
fonts-dejavu-core, systemd | systemd-standalone-sysusers | systemd-sysusers, \
systemd | systemd-standalone-tmpfiles | systemd-tmpfiles")
  set(CPACK_DEBIAN_WORKER_PACKAGE_SUGGESTS orthanc-spineseg)
  set(CPACK_DEBIAN_WORKER_DESCRIPTION "service that segments series for Orthanc's SpineSeg plugin
Loads a model once and segments the lumbar spine MRI series that the plugin
orthanc-spineseg hands out over a Unix domain socket. Runs as a systemd service
without network and without anything to write to.

Research use only. Not a medical device.")

  spineseg_package(cli spineseg)
  install(FILES README.md CHANGELOG.md DESTINATION share/doc/spineseg COMPONENT cli EXCLUDE_FROM_ALL)
  set(CPACK_DEBIAN_CLI_PACKAGE_SHLIBDEPS ON)
  set(CPACK_DEBIAN_CLI_PACKAGE_DEPENDS
      "spineseg-models (= ${SPINESEG_DEB_VERSION}), libopenblas0-pthread, fonts-dejavu-core")
  set(CPACK_DEBIAN_CLI_DESCRIPTION "segment lumbar spine MRI series on the command line
Segments a folder of DICOM instances or a volume file, draws results over their
series, tells why a series would be segmented on arrival, and makes procedural
phantoms with exact labels.

Research use only. Not a medical device.")

  spineseg_package(models spineseg-models)
  set(CPACK_DEBIAN_MODELS_PACKAGE_ARCHITECTURE all)
  set(CPACK_DEBIAN_MODELS_DESCRIPTION "model bundles of spineseg
Weights, plans and cards of the networks that spineseg and spineseg-worker
segment lumbar spine MRI series with.

Research use only. Not a medical device.")
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME spineseg)
set(CPACK_PACKAGE_VERSION ${SPINESEG_PACKAGE_VERSION})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")  # every component has its own
set(CPACK_PACKAGE_CONTACT ${SPINESEG_PACKAGE_MAINTAINER})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_BINARY_DIR}/packages)
set(CPACK_COMPONENTS_GROUPING IGNORE)  # one package a component
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_VERSION ${SPINESEG_DEB_VERSION})
set(CPACK_DEBIAN_PACKAGE_SOURCE spineseg)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_COMPRESSION_TYPE gzip)  # xz takes ten times as long for 3 % less
include(CPack)
