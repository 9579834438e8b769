// Products of a few rows with a large matrix, as when text is generated: the matrix is read once, straight from memory,
// instead of being copied into the blocks that serve products of many rows.
#include "vector.h"
#include "include/kernels.h"

// How far ahead memory is asked for, in floats.
#define AHEAD 256

// y_r += sum of x_r[i] w_i over `steps` (a constant) rows of w, n columns
INLINE void add_rows(int steps, const float *x, ptrdiff_t ldx, ptrdiff_t m, const float *w, ptrdiff_t ldw, float *y,
                     ptrdiff_t ldy, ptrdiff_t n, ptrdiff_t next) {
    ptrdiff_t j = 0;
    for (; j + LANES <= n; j += LANES) {
        v16 rows[8];
#pragma unroll
        for (int i = 0; i < steps; i++) {
            rows[i] = load(w + i * ldw + j);
            __builtin_prefetch(w + (i + next) * ldw + j, 0, 2);
        }
        for (ptrdiff_t r = 0; r < m; r++) {
            v16 s = load(y + r * ldy + j);
#pragma unroll
            for (int i = 0; i < steps; i++) s = x[r * ldx + i] * rows[i] + s;
            store(y + r * ldy + j, s);
        }
    }
    for (; j < n; j++)
        for (ptrdiff_t r = 0; r < m; r++) {
            float s = y[r * ldy + j];
            for (int i = 0; i < steps; i++) s = x[r * ldx + i] * w[i * ldw + j] + s;
            y[r * ldy + j] = s;
        }
}

CLONES void lethe_few_rows(const float *x, ptrdiff_t ldx, ptrdiff_t m, const float *w, ptrdiff_t ldw, ptrdiff_t k, int adds,
                           float *y, ptrdiff_t ldy, ptrdiff_t n) {
    if (!adds)
        for (ptrdiff_t r = 0; r < m; r++)
            for (ptrdiff_t j = 0; j < n; j++) y[r * ldy + j] = 0.0f;
    ptrdiff_t i = 0;
    for (; i + 8 <= k; i += 8) add_rows(8, x + i, ldx, m, w + i * ldw, ldw, y, ldy, n, i + 16 <= k ? 8 : 0);
    for (; i < k; i++) add_rows(1, x + i, ldx, m, w + i * ldw, ldw, y, ldy, n, 0);
}

// y_r[j] (+)= <x_r, w_j> for `mr` rows and `nr` columns, both constants
INLINE void dots(int mr, int nr, const float *x, ptrdiff_t ldx, const float *w, ptrdiff_t ldw, ptrdiff_t k, int adds, float *y,
                 ptrdiff_t ldy) {
    v16 sums[16];
#pragma unroll
    for (int a = 0; a < mr * nr; a++) sums[a] = all(0.0f);
    ptrdiff_t i = 0;
    for (; i + LANES <= k; i += LANES) {
        v16 columns[4];
#pragma unroll
        for (int b = 0; b < nr; b++) {
            columns[b] = load(w + b * ldw + i);
            __builtin_prefetch(w + b * ldw + i + AHEAD, 0, 2);
        }
#pragma unroll
        for (int a = 0; a < mr; a++) {
            v16 row = load(x + a * ldx + i);
#pragma unroll
            for (int b = 0; b < nr; b++) sums[a * nr + b] = row * columns[b] + sums[a * nr + b];
        }
    }
    if (i < k)
        for (int a = 0; a < mr; a++)
            for (int b = 0; b < nr; b++)
                sums[a * nr + b] = load_part(x + a * ldx + i, k - i, 0.0f) * load_part(w + b * ldw + i, k - i, 0.0f) + sums[a * nr + b];
#pragma unroll
    for (int a = 0; a < mr; a++)
#pragma unroll
        for (int b = 0; b < nr; b++) y[a * ldy + b] = sum16(sums[a * nr + b]) + (adds ? y[a * ldy + b] : 0.0f);
}

CLONES void lethe_few_rows_transposed(const float *x, ptrdiff_t ldx, ptrdiff_t m, const float *w, ptrdiff_t ldw, ptrdiff_t k,
                                      int adds, float *y, ptrdiff_t ldy, ptrdiff_t n) {
    ptrdiff_t j = 0;
    for (; j + 4 <= n; j += 4) {
        ptrdiff_t r = 0;
        for (; r + 4 <= m; r += 4) dots(4, 4, x + r * ldx, ldx, w + j * ldw, ldw, k, adds, y + r * ldy + j, ldy);
        for (; r < m; r++) dots(1, 4, x + r * ldx, ldx, w + j * ldw, ldw, k, adds, y + r * ldy + j, ldy);
    }
    for (; j < n; j++)
        for (ptrdiff_t r = 0; r < m; r++) dots(1, 1, x + r * ldx, ldx, w + j * ldw, ldw, k, adds, y + r * ldy + j, ldy);
}
