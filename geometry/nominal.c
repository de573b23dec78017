#include "geometry/nominal.h"
#include "geometry/nominal_internal.h"

#include <string.h>

struct numbering {
    const char *detector;
    uint32_t n_addresses;
    void (*fill)(int32_t *channel);
};

static const struct numbering numberings[] = {
    {"ktag",    3072,  nominal_ktag   },
    {"chanti",  1024,  nominal_chanti },
    {"lav",     6144,  nominal_lav    },
    {"straw",   8192,  nominal_straw  },
    {"chod",    512,   nominal_chod   },
    {"rich",    2560,  nominal_rich   },
    {"irc",     512,   nominal_irc    },
    {"sac",     512,   nominal_sac    },
    {"muv0",    512,   nominal_muv0   },
    {"newchod", 512,   nominal_newchod},
    {"muv3",    512,   nominal_muv3   },
    {"hasc",    512,   nominal_hasc   },
    {"lkr",     16384, nominal_lkr    },
    {"muv1",    192,   nominal_muv1   },
    {"muv2",    96,    nominal_muv2   },
    {"sav",     32,    nominal_sav    },
};

enum { N_NUMBERINGS = sizeof numberings / sizeof *numberings };

enum spw_status spw_nominal_channel_map(struct spw_channel_map *map,
                                        struct spw_arena *arena,
                                        const char *detector)
{
    const struct numbering *numbering = numberings;
    while (numbering < numberings + N_NUMBERINGS &&
           strcmp(numbering->detector, detector) != 0)
        ++numbering;
    if (numbering == numberings + N_NUMBERINGS)
        return SPW_FAIL(SPW_BAD_CONFIG, "no nominal channel numbering for detector '%s'",
                        detector);

    int32_t *channel;
    SPW_NEW(arena, channel, numbering->n_addresses);
    for (uint32_t address = 0; address < numbering->n_addresses; ++address)
        channel[address] = -1;
    numbering->fill(channel);
    return spw_channel_map_build(map, arena, channel, numbering->n_addresses);
}
