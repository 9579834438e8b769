// Products of a few rows with a large matrix, as when text is generated: the matrix is read once, straight from memory,
// instead of being copied into the blocks that serve products of many rows.
#include "vector.h"
#include "include/kernels.h"

// y_r += sum of x_r[i] w_i over `steps` rows of w, for `mr` rows of x (both constants) and n columns; the rows of w
// that come `next` rows later are asked for meanwhile.
INLINE void add_rows(int steps, int mr, const float *x, ptrdiff_t ldx, const float *w, ptrdiff_t ldw, float *y, ptrdiff_t ldy,
                     ptrdiff_t n, ptrdiff_t next) {
    v16 factors[16];
#pragma unroll
    for (int r = 0; r < mr; r++)
#pragma unroll
        for (int i = 0; i < steps; i++) factors[r * steps + i] = all(x[r * ldx + i]);
    ptrdiff_t j = 0;
    for (; j + LANES <= n; j += LANES) {
        v16 sums[4];
#pragma unroll
        for (int r = 0; r < mr; r++) sums[r] = load(y + r * ldy + j);
#pragma unroll
        for (int i = 0; i < steps; i++) {
            v16 row = load(w + i * ldw + j);
#pragma unroll
            for (int r = 0; r < mr; r++) sums[r] = factors[r * steps + i] * row + sums[r];
        }
#pragma unroll
        for (int r = 0; r < mr; r++) store(y + r * ldy + j, sums[r]);
    }
    for (; j < n; j++)
        for (int r = 0; r < mr; r++) {
            float s = y[r * ldy + j];
            for (int i = 0; i < steps; i++) s = x[r * ldx + i] * w[i * ldw + j] + s;
            y[r * ldy + j] = s;
        }
}

// All of k in strides of `steps` rows of w, whose parts stay in the cache while every group of rows of x takes its
// turn.
INLINE void all_rows(int steps, int mr, const float *x, ptrdiff_t ldx, ptrdiff_t m, const float *w, ptrdiff_t ldw, ptrdiff_t k,
                     float *y, ptrdiff_t ldy, ptrdiff_t n) {
    ptrdiff_t i = 0;
    for (; i + steps <= k; i += steps) {
        const ptrdiff_t next = i + 3 * steps <= k ? 2 * steps : 0;
        ptrdiff_t r = 0;
        for (; r + mr <= m; r += mr) add_rows(steps, mr, x + r * ldx + i, ldx, w + i * ldw, ldw, y + r * ldy, ldy, n, next);
        for (; r < m; r++) add_rows(steps, 1, x + r * ldx + i, ldx, w + i * ldw, ldw, y + r * ldy, ldy, n, next);
    }
    for (; i < k; i++)
        for (ptrdiff_t r = 0; r < m; r++) add_rows(1, 1, x + r * ldx + i, ldx, w + i * ldw, ldw, y + r * ldy, ldy, n, 0);
}

CLONES void lethe_few_rows(const float *x, ptrdiff_t ldx, ptrdiff_t m, const float *w, ptrdiff_t ldw, ptrdiff_t k, int adds,
                           float *y, ptrdiff_t ldy, ptrdiff_t n) {
    if (!adds)
        for (ptrdiff_t r = 0; r < m; r++)
            for (ptrdiff_t j = 0; j < n; j++) y[r * ldy + j] = 0.0f;
    if (m <= 1) all_rows(8, 1, x, ldx, m, w, ldw, k, y, ldy, n);
    else if (m <= 2) all_rows(8, 2, x, ldx, m, w, ldw, k, y, ldy, n);
    else all_rows(4, 4, x, ldx, m, w, ldw, k, y, ldy, n);
}

// y_r (+)= <x_r, w> for `mr` rows, a constant
INLINE void dot(int mr, const float *x, ptrdiff_t ldx, const float *w, ptrdiff_t k, int adds, float *y, ptrdiff_t ldy) {
    v16 sums[16];
#pragma unroll
    for (int a = 0; a < mr * 4; a++) sums[a] = all(0.0f);
    ptrdiff_t i = 0;
    for (; i + 4 * LANES <= k; i += 4 * LANES)
#pragma unroll
        for (int b = 0; b < 4; b++) {
            v16 part = load(w + i + b * LANES);
#pragma unroll
            for (int a = 0; a < mr; a++) sums[a * 4 + b] = load(x + a * ldx + i + b * LANES) * part + sums[a * 4 + b];
        }
    for (; i + LANES <= k; i += LANES) {
        v16 part = load(w + i);
#pragma unroll
        for (int a = 0; a < mr; a++) sums[a * 4] = load(x + a * ldx + i) * part + sums[a * 4];
    }
    if (i < k) {
        v16 part = load_part(w + i, k - i, 0.0f);
#pragma unroll
        for (int a = 0; a < mr; a++) sums[a * 4] = load_part(x + a * ldx + i, k - i, 0.0f) * part + sums[a * 4];
    }
#pragma unroll
    for (int a = 0; a < mr; a++)
        y[a * ldy] = sum16((sums[a * 4] + sums[a * 4 + 1]) + (sums[a * 4 + 2] + sums[a * 4 + 3])) + (adds ? y[a * ldy] : 0.0f);
}

CLONES void lethe_few_rows_transposed(const float *x, ptrdiff_t ldx, ptrdiff_t m, const float *w, ptrdiff_t ldw, ptrdiff_t k,
                                      int adds, float *y, ptrdiff_t ldy, ptrdiff_t n) {
    for (ptrdiff_t j = 0; j < n; j++) {
        ptrdiff_t r = 0;
        for (; r + 4 <= m; r += 4) dot(4, x + r * ldx, ldx, w + j * ldw, k, adds, y + r * ldy + j, ldy);
        for (; r + 2 <= m; r += 2) dot(2, x + r * ldx, ldx, w + j * ldw, k, adds, y + r * ldy + j, ldy);
        for (; r < m; r++) dot(1, x + r * ldx, ldx, w + j * ldw, k, adds, y + r * ldy + j, ldy);
    }
}
