# A room is a folder of headers, sources and tests that becomes one static library. Its headers reach
# only the rooms that link it: each room exports its own tree of links, not the repository's root.
include(GNUInstallDirs)

add_library(fathom_flags INTERFACE)
target_compile_options(fathom_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -fno-math-errno -ffp-contract=off
  $<$<BOOL:${FATHOM_WERROR}>:-Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # Wrong alarms in std::string of g++ 12 (GCC bug 105651).
  target_compile_options(fathom_flags INTERFACE -Wno-restrict -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)
endif()
if(CMAKE_UNITY_BUILD)
  # Of types in unnamed namespaces: g++ knows the file that it compiles as the only place of theirs.
  target_compile_options(fathom_flags INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
  # clang takes what another file of the batch keeps in its unnamed namespace for shadowed; g++ looks for true shadows.
  target_compile_options(fathom_flags INTERFACE $<$<CXX_COMPILER_ID:Clang>:-Wno-shadow>)
endif()
if(FATHOM_SANITIZE)
  # g++ sees uninitialised values where its own sanitizer code is in the way.
  target_compile_options(fathom_flags INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  target_compile_options(fathom_flags INTERFACE -fsanitize=${FATHOM_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(fathom_flags INTERFACE -fsanitize=${FATHOM_SANITIZE})
endif()
if(FATHOM_FUZZ)
  target_compile_options(fathom_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# Headers that most sources include, parsed once a room. A source still includes what it uses: the clang builds go without.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  set(FATHOM_PRECOMPILED <algorithm> <cmath> <functional> <map> <memory> <optional> <set> <span> <string> <string_view>
                         <unordered_map> <utility> <variant> <vector> <fmt/format.h>)
endif()

# Tests of a room, or of the whole: an executable with GoogleTest.
function(fathom_test_executable name)
  add_executable(${name} ${ARGN})
  if(FATHOM_PRECOMPILED AND NOT TARGET fathom_test_headers)
    file(WRITE ${PROJECT_BINARY_DIR}/test_headers.cpp "")
    add_executable(fathom_test_headers EXCLUDE_FROM_ALL ${PROJECT_BINARY_DIR}/test_headers.cpp)
    target_link_libraries(fathom_test_headers PRIVATE fmt::fmt fathom_flags GTest::gtest GTest::gtest_main)
    target_precompile_headers(fathom_test_headers PRIVATE ${FATHOM_PRECOMPILED} <gtest/gtest.h>)
  endif()
  if(FATHOM_PRECOMPILED)
    target_precompile_headers(${name} REUSE_FROM fathom_test_headers)
  endif()
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(${name} PRIVATE fathom_flags GTest::gtest GTest::gtest_main)
endfunction()

# fathom_room(NAME DIR folder [APART] [ROOMS rooms it may include] [LIBS other libraries] [PRECOMPILED more headers to parse once]
#             [OPTIMIZE what a release build is compiled with where there are hot loops])
# APART: each source is compiled alone, as those must be that Highway compiles once per target.
function(fathom_room name)
  cmake_parse_arguments(room "APART" "DIR;OPTIMIZE" "ROOMS;LIBS;PRECOMPILED" ${ARGN})
  set(source_dir ${PROJECT_SOURCE_DIR}/src/${room_DIR})
  set(include_root ${PROJECT_BINARY_DIR}/rooms/${name})
  file(GLOB headers CONFIGURE_DEPENDS ${source_dir}/*.hpp)
  file(GLOB sources CONFIGURE_DEPENDS ${source_dir}/*.cpp)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  file(REMOVE_RECURSE ${include_root})
  file(MAKE_DIRECTORY ${include_root}/${room_DIR})
  foreach(header IN LISTS headers)
    get_filename_component(file ${header} NAME)
    file(CREATE_LINK ${header} ${include_root}/${room_DIR}/${file} SYMBOLIC)
  endforeach()

  if(sources)
    add_library(fathom_${name} STATIC ${sources})
    set(scope PUBLIC)
    target_link_libraries(fathom_${name} PRIVATE $<BUILD_INTERFACE:fathom_flags>)
    if(room_APART)
      set_target_properties(fathom_${name} PROPERTIES UNITY_BUILD OFF)
    endif()
    if(room_OPTIMIZE)
      target_compile_options(fathom_${name} PRIVATE $<$<CONFIG:Release>:${room_OPTIMIZE}>)
    endif()
    target_include_directories(fathom_${name} PRIVATE ${source_dir})  # a file that Highway compiles once per target includes itself
    if(FATHOM_PRECOMPILED AND (room_PRECOMPILED OR room_OPTIMIZE OR name STREQUAL "base"))
      target_precompile_headers(fathom_${name} PRIVATE ${FATHOM_PRECOMPILED} ${room_PRECOMPILED})
    elseif(FATHOM_PRECOMPILED)
      target_precompile_headers(fathom_${name} REUSE_FROM fathom_base)
    endif()
  else()
    add_library(fathom_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_compile_features(fathom_${name} ${scope} cxx_std_20)
  target_include_directories(fathom_${name} ${scope}
    $<BUILD_INTERFACE:${include_root}> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  list(TRANSFORM room_ROOMS PREPEND fathom_ OUTPUT_VARIABLE rooms)
  target_link_libraries(fathom_${name} ${scope} ${rooms} ${room_LIBS})
  set_target_properties(fathom_${name} PROPERTIES EXPORT_NAME ${name})
  set_property(GLOBAL APPEND PROPERTY FATHOM_ROOMS fathom_${name})
  install(TARGETS fathom_${name} EXPORT fathom DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(FILES ${headers} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/${room_DIR})

  if(FATHOM_TESTS AND tests)
    fathom_test_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE fathom_${name} ZLIB::ZLIB)
    add_test(NAME ${name} COMMAND ${name}_test)
  endif()
endfunction()

# The umbrella: fathom/fathom.hpp and the one target that a user's project links.
function(fathom_umbrella)
  get_property(rooms GLOBAL PROPERTY FATHOM_ROOMS)
  set(include_root ${PROJECT_BINARY_DIR}/rooms/umbrella)
  file(MAKE_DIRECTORY ${include_root}/fathom)
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/src/fathom/fathom.hpp ${include_root}/fathom/fathom.hpp SYMBOLIC)
  add_library(fathom_umbrella INTERFACE)
  add_library(fathom::fathom ALIAS fathom_umbrella)
  set_target_properties(fathom_umbrella PROPERTIES EXPORT_NAME fathom)
  target_include_directories(fathom_umbrella INTERFACE
    $<BUILD_INTERFACE:${include_root}> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(fathom_umbrella INTERFACE ${rooms})
  install(TARGETS fathom_umbrella EXPORT fathom)
  install(FILES ${PROJECT_SOURCE_DIR}/src/fathom/fathom.hpp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/fathom)
  install(EXPORT fathom NAMESPACE fathom:: FILE fathomTargets.cmake DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/fathom)
  include(CMakePackageConfigHelpers)
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/fathomConfigVersion.cmake COMPATIBILITY SameMinorVersion)
  install(FILES ${PROJECT_SOURCE_DIR}/cmake/fathomConfig.cmake ${PROJECT_BINARY_DIR}/fathomConfigVersion.cmake
          DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/fathom)
endfunction()
