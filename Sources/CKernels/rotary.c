// Rotary position embedding (Su et al., arXiv 2104.09864) in the half-split layout of Llama checkpoints.
#include "vector.h"
#include "include/kernels.h"

CLONES void lethe_rotary(const float *x, const float *cosine, const float *sine, float sign, float *y, ptrdiff_t rows,
                         ptrdiff_t time, ptrdiff_t start, ptrdiff_t heads, ptrdiff_t d, ptrdiff_t ld_x,
                         ptrdiff_t ld_y) {
    ptrdiff_t half = d / 2;
    for (ptrdiff_t r = 0; r < rows; r++, x += ld_x, y += ld_y) {
        const float *c = cosine + (start + r % time) * half, *s = sine + (start + r % time) * half;
        for (ptrdiff_t h = 0; h < heads; h++) {
            const float *a = x + h * d;
            float *o = y + h * d;
            for (ptrdiff_t j = 0; j < half; j++) {
                float first = a[j], second = a[j + half], turn = sign * s[j];
                o[j] = first * c[j] - second * turn;
                o[j + half] = second * c[j] + first * turn;
            }
        }
    }
}

CLONES void lethe_rotary_part(const float *x, const float *cosine, const float *sine, float sign, float *y,
                              ptrdiff_t time, ptrdiff_t start, ptrdiff_t heads, ptrdiff_t period, ptrdiff_t turned,
                              ptrdiff_t d, ptrdiff_t half) {
    for (ptrdiff_t r = 0; r < time; r++) {
        const float *c = cosine + (start + r) * half, *s = sine + (start + r) * half;
        for (ptrdiff_t h = 0; h < heads; h++, x += d, y += d) {
            ptrdiff_t pairs = h % period < turned ? half : 0;
            for (ptrdiff_t j = 0; j < pairs; j++) {
                float first = x[j], second = x[j + pairs], turn = sign * s[j];
                y[j] = first * c[j] - second * turn;
                y[j + pairs] = second * c[j] + first * turn;
            }
            for (ptrdiff_t j = 2 * pairs; j < d; j++) y[j] = x[j];
        }
    }
}
