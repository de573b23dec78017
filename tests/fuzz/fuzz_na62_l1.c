/* L1 block */
#include "na62_blocks.h"

NA62_FUZZ_BLOCK(na62_l1_decode, NA62_SOURCE_L1)
