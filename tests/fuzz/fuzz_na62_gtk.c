/* GTK readout PCs */
#include "na62_blocks.h"

NA62_FUZZ_BLOCK(na62_gtk_decode, NA62_SOURCE_GTK)
