/* Straw boards */
#include "na62_blocks.h"

NA62_FUZZ_BLOCK(na62_srb_decode, NA62_SOURCE_STRAW)
