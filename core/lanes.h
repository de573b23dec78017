/// Arithmetic for kernels: the same bits in every instruction set, no library calls.
#pragma once

#include <stdint.h>
#include <string.h>

/// exp(x) for |x| < 87, cut there: 2^k exp(r), |r| <= ln 2 / 2, Taylor to r^6 (relative error 2e-7).
static inline float spw_lane_exp(float x)
{
    x = x > 87.0f ? 87.0f : x;
    x = x < -87.0f ? -87.0f : x;
    const float shifted =
        x * 1.44269504f + 12582912.0f; /* 1.5 2^23: rounds to an integer */
    const float k = shifted - 12582912.0f;
    const float r = (x - k * 0.693359375f) + k * 2.12194440e-4f;
    float sum = 1.0f / 720.0f;
    sum = sum * r + 1.0f / 120.0f;
    sum = sum * r + 1.0f / 24.0f;
    sum = sum * r + 1.0f / 6.0f;
    sum = sum * r + 0.5f;
    sum = sum * r + 1.0f;
    sum = sum * r + 1.0f;
    const int32_t bits = ((int32_t)k + 127) << 23;
    float power;
    memcpy(&power, &bits, sizeof power);
    return sum * power;
}
