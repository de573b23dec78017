/* L0TP block */
#include "na62_blocks.h"

NA62_FUZZ_BLOCK(na62_l0tp_decode, NA62_SOURCE_L0TP)
