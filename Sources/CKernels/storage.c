// Weights in fewer bits than float32: bfloat16, float16, and 8 bits with a scale for each run of 32 in a row (the
// numbers of llama.cpp's Q8_0). Widening is exact; narrowing rounds to nearest.
#include "vector.h"
#include "include/kernels.h"

enum { RUN = 32 };

INLINE float from_bits(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}
INLINE uint32_t to_bits(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

// Without branches: the exponent's bias is corrected by a product, which also normalises subnormal numbers.
INLINE float widened_half(uint16_t half) {
    const uint32_t magnitude = (uint32_t)(half & 0x7fff) << 13;
    const uint32_t scaled = to_bits(from_bits(magnitude) * 0x1p112f);
    const uint32_t special = magnitude >= 0x0f800000u ? 0x7f800000u : 0;
    return from_bits(scaled | special | (uint32_t)(half & 0x8000) << 16);
}

CLONES void lethe_widen_bf16(const uint16_t *x, float *y, ptrdiff_t n) {
    for (ptrdiff_t i = 0; i < n; i++) y[i] = from_bits((uint32_t)x[i] << 16);
}

CLONES void lethe_widen_f16(const uint16_t *x, float *y, ptrdiff_t n) {
    for (ptrdiff_t i = 0; i < n; i++) y[i] = widened_half(x[i]);
}

CLONES void lethe_widen_q8(const int8_t *x, const uint16_t *scales, float *y, ptrdiff_t n) {
    for (ptrdiff_t i = 0; i < n; i += RUN) {
        const float scale = widened_half(scales[i / RUN]);
        const ptrdiff_t end = n - i < RUN ? n - i : RUN;
        if (end == RUN)
            for (ptrdiff_t j = 0; j < RUN; j++) y[i + j] = scale * (float)x[i + j];
        else
            for (ptrdiff_t j = 0; j < end; j++) y[i + j] = scale * (float)x[i + j];
    }
}

// Returns how many finite numbers became infinite.
CLONES ptrdiff_t lethe_narrow_bf16(const float *x, uint16_t *y, ptrdiff_t n) {
    uint32_t lost = 0;
    for (ptrdiff_t i = 0; i < n; i++) {
        const uint32_t bits = to_bits(x[i]), magnitude = bits & 0x7fffffffu;
        const uint32_t rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
        // A NaN must not round up to an infinity or to zero.
        y[i] = (uint16_t)(magnitude > 0x7f800000u ? bits >> 16 | 0x40 : rounded);
        lost += magnitude < 0x7f800000u && (rounded & 0x7fff) == 0x7f80;
    }
    return lost;
}

// One of the two neighbours at random, which is right in the mean; the same for the same place and draw.
CLONES void lethe_narrow_bf16_at_random(const float *x, uint16_t *y, ptrdiff_t first, ptrdiff_t n, uint32_t draw) {
    for (ptrdiff_t i = 0; i < n; i++) {
        const uint32_t bits = to_bits(x[i]), magnitude = bits & 0x7fffffffu;
        // The last mix of murmur3 makes bits that look random.
        uint32_t h = (uint32_t)(first + i) * 0x9e3779b1u ^ draw * 0x85ebca77u;
        h ^= h >> 16;
        h *= 0x85ebca6bu;
        h ^= h >> 13;
        h *= 0xc2b2ae35u;
        h ^= h >> 16;
        // The largest bfloat16 does not round up to an infinity, and a NaN keeps a bit of its payload.
        const uint32_t added = magnitude < 0x7f7f0000u ? h & 0xffffu : 0;
        const uint32_t quiet = magnitude > 0x7f800000u ? 0x00400000u : 0;
        y[i] = (uint16_t)(((bits | quiet) + added) >> 16);
    }
}

CLONES ptrdiff_t lethe_narrow_f16(const float *x, uint16_t *y, ptrdiff_t n) {
    uint32_t lost = 0;
    for (ptrdiff_t i = 0; i < n; i++) {
        // Rounded by an addition to a power of two whose last place is that of the half (Maratyszcza's FP16).
        const uint32_t bits = to_bits(x[i]), twice = bits + bits, sign = bits & 0x80000000u;
        const float base = from_bits(bits & 0x7fffffffu) * 0x1p112f * 0x1p-110f;
        uint32_t bias = twice & 0xff000000u;
        bias = bias < 0x71000000u ? 0x71000000u : bias;
        const uint32_t sum = to_bits(from_bits((bias >> 1) + 0x07800000u) + base);
        const uint32_t magnitude = (sum >> 13 & 0x7c00u) + (sum & 0x0fffu);
        y[i] = (uint16_t)(sign >> 16 | (twice > 0xff000000u ? 0x7e00u : magnitude));
        lost += twice < 0xff000000u && magnitude >= 0x7c00u;
    }
    return lost;
}

// The scales are left for the caller to narrow. Returns how many runs hold more than a half could scale.
CLONES ptrdiff_t lethe_narrow_q8(const float *x, int8_t *y, float *scales, ptrdiff_t n) {
    ptrdiff_t lost = 0;
    for (ptrdiff_t i = 0; i < n; i += RUN) {
        const ptrdiff_t end = n - i < RUN ? n - i : RUN;
        float most = 0.0f;
        for (ptrdiff_t j = 0; j < end; j++) {
            const float magnitude = fabsf(x[i + j]);
            most = magnitude > most ? magnitude : most;
        }
        const float scale = most / 127.0f, inverse = scale > 0.0f ? 1.0f / scale : 0.0f;
        scales[i / RUN] = scale;
        lost += scale > 65504.0f;
        for (ptrdiff_t j = 0; j < end; j++) {
            // Within bounds also where the inverse of a tiny scale is infinite.
            const float t = x[i + j] * inverse, below = t < 127.0f ? t : 127.0f, kept = below > -127.0f ? below : -127.0f;
            y[i + j] = (int8_t)(kept + (kept < 0.0f ? -0.5f : 0.5f));
        }
    }
    return lost;
}
