/* Slow-control blocks of the end of burst */
#include "na62_blocks.h"

NA62_FUZZ_BLOCK(na62_nstd_decode, NA62_SOURCE_NSTD)
