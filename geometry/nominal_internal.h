/// Formulae of the nominal numbering, by group of detectors.
///
/// Each fills channel[n_addresses], all -1 before, with geometric IDs.
#pragma once

#include <stdint.h>

void nominal_ktag(int32_t *channel);
void nominal_chanti(int32_t *channel);
void nominal_lav(int32_t *channel);
void nominal_straw(int32_t *channel);
void nominal_chod(int32_t *channel);
void nominal_rich(int32_t *channel);
void nominal_irc(int32_t *channel);
void nominal_sac(int32_t *channel);
void nominal_muv0(int32_t *channel);
void nominal_newchod(int32_t *channel);
void nominal_muv3(int32_t *channel);
void nominal_hasc(int32_t *channel);
void nominal_lkr(int32_t *channel);
void nominal_muv1(int32_t *channel);
void nominal_muv2(int32_t *channel);
void nominal_sav(int32_t *channel);
