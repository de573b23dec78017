# Debian packages only; scripts/packages.txt lists them.
find_package(PkgConfig REQUIRED)
pkg_check_modules(YAML REQUIRED IMPORTED_TARGET yaml-0.1)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
pkg_check_modules(HDF5 REQUIRED IMPORTED_TARGET hdf5)
pkg_check_modules(ISAL REQUIRED IMPORTED_TARGET libisal)
pkg_check_modules(DEFLATE REQUIRED IMPORTED_TARGET libdeflate)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(OpenMP REQUIRED COMPONENTS C)

# GSL with OpenBLAS: plain find_package(GSL) would pick gslcblas, eight times slower.
find_library(SPW_OPENBLAS openblas REQUIRED)
set(GSL_CBLAS_LIBRARY ${SPW_OPENBLAS} CACHE FILEPATH "BLAS that GSL uses" FORCE)
find_package(GSL REQUIRED)
add_library(spw_gsl INTERFACE)
target_link_libraries(spw_gsl INTERFACE GSL::gsl ${SPW_OPENBLAS})

# Random numbers need no BLAS, and OpenBLAS starts threads that spin as soon as it is loaded.
add_library(spw_gsl_random INTERFACE)
target_include_directories(spw_gsl_random INTERFACE ${GSL_INCLUDE_DIRS})
target_link_libraries(spw_gsl_random INTERFACE ${GSL_LIBRARY})
