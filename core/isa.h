/// Instruction sets and kernel tables.
///
/// A file `*_kernels.c` is compiled once per instruction set with SPW_ISA defined to v2, v3 or
/// v4, and ends in one `const struct X_kernels SPW_KERNELS(X_kernels) = {...};`. A worker holds
/// a pointer to the table picked at start. All tables agree bit for bit (docs/design.md).
#pragma once

#include "core/status.h"

/// x86-64-v2 (SSE4.2), v3 (AVX2, FMA), v4 (AVX-512).
enum spw_isa { SPW_ISA_V2, SPW_ISA_V3, SPW_ISA_V4, SPW_N_ISA };

#define SPW_PASTE_(a, b) a##_##b
#define SPW_PASTE(a, b)  SPW_PASTE_(a, b)

/// The name of a kernel table in the file being compiled: X_kernels_v3.
#define SPW_KERNELS(name) SPW_PASTE(name, SPW_ISA)

/// Declares the three tables of `struct name`.
#define SPW_DECLARE_KERNELS(name) extern const struct name name##_v2, name##_v3, name##_v4

/// The table for an instruction set: `const struct X_kernels *k = SPW_PICK(X_kernels, isa);`
#define SPW_PICK(name, isa) \
    ((isa) == SPW_ISA_V4 ? &name##_v4 : (isa) == SPW_ISA_V3 ? &name##_v3 : &name##_v2)

/// The best instruction set of this machine.
enum spw_isa spw_isa_best(void);

/// "v2", "v3", "v4" to an instruction set that this machine has; SPW_USAGE otherwise.
SPW_MUST_CHECK enum spw_status spw_isa_parse(const char *text, enum spw_isa *isa);

/// "v2", "v3" or "v4".
const char *spw_isa_name(enum spw_isa isa);
