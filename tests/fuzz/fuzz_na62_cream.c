/* CREAM modules of the LKr */
#include "na62_blocks.h"

NA62_FUZZ_BLOCK(na62_cream_decode, NA62_SOURCE_LKR)
