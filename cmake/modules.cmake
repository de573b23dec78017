# spw_module(NAME USES libraries...): the static library spw_NAME from all sources below NAME/.
# Files *_kernels.c are compiled once per instruction set, with SPW_ISA = v2, v3, v4.
function(spw_module name)
    cmake_parse_arguments(arg "" "" "USES" ${ARGN})
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${name}/*.c)
    set(kernels ${sources})
    list(FILTER kernels INCLUDE REGEX "_kernels\\.c$")
    list(FILTER sources EXCLUDE REGEX "_kernels\\.c$")

    add_library(spw_${name} STATIC ${sources})
    target_include_directories(spw_${name} PUBLIC ${PROJECT_SOURCE_DIR})
    target_compile_definitions(spw_${name} PRIVATE SPW_VERSION="${PROJECT_VERSION}")
    target_link_libraries(spw_${name} PUBLIC ${arg_USES} m)
    if(kernels)
        foreach(isa v2 v3 v4)
            add_library(spw_${name}_${isa} OBJECT ${kernels})
            target_include_directories(spw_${name}_${isa} PRIVATE ${PROJECT_SOURCE_DIR})
            target_compile_definitions(spw_${name}_${isa} PRIVATE SPW_ISA=${isa})
            target_compile_options(spw_${name}_${isa} PRIVATE -march=x86-64-${isa} -fopenmp-simd
                -O3 $<$<C_COMPILER_ID:GNU>:-mprefer-vector-width=512>)
            target_sources(spw_${name} PRIVATE $<TARGET_OBJECTS:spw_${name}_${isa}>)
        endforeach()
    endif()
endfunction()
