// bfloat16: the upper half of a float32.
#include "vector.h"
#include "include/kernels.h"

CLONES void lethe_bf16_widen(const uint16_t *x, float *y, ptrdiff_t n) {
    for (ptrdiff_t i = 0; i < n; i++) {
        uint32_t bits = (uint32_t)x[i] << 16;
        memcpy(y + i, &bits, sizeof bits);
    }
}

CLONES void lethe_bf16_narrow(const float *x, uint16_t *y, ptrdiff_t first, ptrdiff_t n, uint32_t draw) {
    for (ptrdiff_t i = 0; i < n; i++) {
        uint32_t bits, h = (uint32_t)(first + i) * 0x9e3779b1u ^ draw * 0x85ebca77u;
        memcpy(&bits, x + i, sizeof bits);
        // murmur3's last mix: sixteen bits that look random, the same for the same place and draw
        h ^= h >> 16;
        h *= 0x85ebca6bu;
        h ^= h >> 13;
        h *= 0xc2b2ae35u;
        h ^= h >> 16;
        // the largest bfloat16 is not rounded up to infinity
        uint32_t isRounded = (bits & 0x7fffffffu) < 0x7f7f0000u;
        // NaN keeps a bit of its payload
        uint32_t quiet = (bits & 0x7fffffffu) > 0x7f800000u ? 0x00400000u : 0u;
        y[i] = (uint16_t)(((bits | quiet) + (isRounded ? h & 0xffffu : 0u)) >> 16);
    }
}
