# Compiler settings shared by every target of ours. Third-party targets (nanobind) do not see them:
# they are carried by usdtune_flags, not set globally. Only what must match everywhere is global.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

if(USDTUNE_CCACHE AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(USDTUNE_CCACHE_PROGRAM ccache)
  if(USDTUNE_CCACHE_PROGRAM)
    # ccache caches files that use a precompiled header only when it is told not to mind how that was made.
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros
      "${USDTUNE_CCACHE_PROGRAM}")
  endif()
endif()

# Same input, same bytes: a fused multiply-add gives other last digits on other machines.
add_compile_options(-ffp-contract=off)
add_link_options(-Wl,--as-needed)

if(USDTUNE_SANITIZE)
  add_compile_options(-fsanitize=${USDTUNE_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${USDTUNE_SANITIZE})
  if(USDTUNE_SANITIZE MATCHES "undefined")
    # A test that only prints its undefined behaviour would pass.
    add_compile_options(-fno-sanitize-recover=undefined)
  endif()
  if(USDTUNE_SANITIZE MATCHES "thread")
    # Debian's oneTBB is not instrumented: ThreadSanitizer cannot see its hand-overs and calls every one
    # a race. base/parallel runs on plain threads in this build.
    add_compile_definitions(USDTUNE_PLAIN_THREADS=1)
  endif()
endif()

if(USDTUNE_LTO)
  include(CheckIPOSupported)
  check_ipo_supported()
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
endif()

add_library(usdtune_flags INTERFACE)
target_compile_features(usdtune_flags INTERFACE cxx_std_20)
target_compile_options(usdtune_flags INTERFACE
  -Wall -Wextra -Wconversion -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
  # Index arithmetic between size_t and 32-bit ids is our daily bread; narrowing still warns.
  -Wno-sign-conversion)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # What ccache needs to see through a precompiled header.
  target_compile_options(usdtune_flags INTERFACE -fpch-preprocess)
  # GCC 12 reports these falsely inside the standard library and Eigen once it inlines them.
  target_compile_options(usdtune_flags INTERFACE -Wno-array-bounds -Wno-stringop-overflow
    -Wno-stringop-overread -Wno-restrict -Wno-maybe-uninitialized)
endif()
if(USDTUNE_WERROR)
  target_compile_options(usdtune_flags INTERFACE -Werror)
endif()
