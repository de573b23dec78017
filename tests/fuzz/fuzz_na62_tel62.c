/* TEL62 boards of the LAV: twelve boards */
#include "na62_blocks.h"

NA62_FUZZ_BLOCK(na62_tel62_decode, NA62_SOURCE_LAV)
