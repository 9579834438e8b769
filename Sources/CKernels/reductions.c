// Sums that decide convergence run in float64, in a fixed order.
#include "vector.h"
#include "include/kernels.h"

INLINE double sum8(d8 x) {
    double a[8];
    memcpy(a, &x, sizeof a);
    return ((a[0] + a[4]) + (a[1] + a[5])) + ((a[2] + a[6]) + (a[3] + a[7]));
}

CLONES double lethe_sum(const float *x, ptrdiff_t n) {
    d8 s0 = {0}, s1 = {0};
    ptrdiff_t i = 0;
    for (; i + 16 <= n; i += 16) {
        s0 += __builtin_convertvector(*(const v8 *)(x + i), d8);
        s1 += __builtin_convertvector(*(const v8 *)(x + i + 8), d8);
    }
    double s = sum8(s0 + s1);
    for (; i < n; i++) s += x[i];
    return s;
}

CLONES double lethe_dot(const float *x, const float *y, ptrdiff_t n) {
    d8 s0 = {0}, s1 = {0};
    ptrdiff_t i = 0;
    for (; i + 16 <= n; i += 16) {
        s0 += __builtin_convertvector(*(const v8 *)(x + i), d8) * __builtin_convertvector(*(const v8 *)(y + i), d8);
        s1 += __builtin_convertvector(*(const v8 *)(x + i + 8), d8) *
              __builtin_convertvector(*(const v8 *)(y + i + 8), d8);
    }
    double s = sum8(s0 + s1);
    for (; i < n; i++) s += (double)x[i] * (double)y[i];
    return s;
}

// sums[r] += <row r, y>; four rows share what is read of y
CLONES void lethe_add_dots(const float *x, ptrdiff_t stride, ptrdiff_t rows, const float *y, double *sums, ptrdiff_t n) {
    ptrdiff_t r = 0;
    for (; r + 4 <= rows; r += 4) {
        const float *a = x + r * stride, *b = a + stride, *c = b + stride, *d = c + stride;
        d8 s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0};
        ptrdiff_t i = 0;
        for (; i + 8 <= n; i += 8) {
            d8 u = __builtin_convertvector(*(const v8 *)(y + i), d8);
            s0 += __builtin_convertvector(*(const v8 *)(a + i), d8) * u;
            s1 += __builtin_convertvector(*(const v8 *)(b + i), d8) * u;
            s2 += __builtin_convertvector(*(const v8 *)(c + i), d8) * u;
            s3 += __builtin_convertvector(*(const v8 *)(d + i), d8) * u;
        }
        double t[4] = {sum8(s0), sum8(s1), sum8(s2), sum8(s3)};
        for (; i < n; i++)
            for (int k = 0; k < 4; k++) t[k] += (double)a[k * stride + i] * (double)y[i];
        for (int k = 0; k < 4; k++) sums[r + k] += t[k];
    }
    for (; r < rows; r++) {
        const float *a = x + r * stride;
        d8 s = {0};
        ptrdiff_t i = 0;
        for (; i + 8 <= n; i += 8)
            s += __builtin_convertvector(*(const v8 *)(a + i), d8) * __builtin_convertvector(*(const v8 *)(y + i), d8);
        double t = sum8(s);
        for (; i < n; i++) t += (double)a[i] * (double)y[i];
        sums[r] += t;
    }
}

// y += sum of w[r] times row r, row after row
CLONES void lethe_add_rows(const float *x, ptrdiff_t stride, ptrdiff_t rows, const float *w, float *y, ptrdiff_t n) {
    ptrdiff_t r = 0;
    for (; r + 4 <= rows; r += 4) {
        const float *a = x + r * stride, *b = a + stride, *c = b + stride, *d = c + stride;
        v16 w0 = all(w[r]), w1 = all(w[r + 1]), w2 = all(w[r + 2]), w3 = all(w[r + 3]);
        ptrdiff_t i = 0;
        for (; i + LANES <= n; i += LANES) {
            v16 s = w0 * load(a + i) + load(y + i);
            s = w1 * load(b + i) + s;
            s = w2 * load(c + i) + s;
            store(y + i, w3 * load(d + i) + s);
        }
        for (; i < n; i++)
            for (int k = 0; k < 4; k++) y[i] = w[r + k] * a[k * stride + i] + y[i];
    }
    for (; r < rows; r++) {
        const float *a = x + r * stride;
        v16 w0 = all(w[r]);
        ptrdiff_t i = 0;
        for (; i + LANES <= n; i += LANES) store(y + i, w0 * load(a + i) + load(y + i));
        for (; i < n; i++) y[i] = w[r] * a[i] + y[i];
    }
}

CLONES void lethe_add_float64(const float *x, double *sums, ptrdiff_t n) {
    for (ptrdiff_t i = 0; i < n; i++) sums[i] += x[i];
}

CLONES float lethe_max(const float *x, ptrdiff_t n) {
    float m = x[0];
    for (ptrdiff_t i = 0; i < n; i++) {
        if (x[i] != x[i]) return x[i];
        m = x[i] > m ? x[i] : m;
    }
    return m;
}

CLONES int lethe_all_finite(const float *x, ptrdiff_t n) {
    ptrdiff_t i = 0;
    v16 bad = {0};
    // x - x is 0 for finite x, NaN otherwise
    for (; i + LANES <= n; i += LANES) {
        v16 a = load(x + i);
        bad += a - a;
    }
    for (int k = 0; k < LANES; k++)
        if (bad[k] != 0.0f) return 0;
    for (; i < n; i++)
        if (!(x[i] - x[i] == 0.0f)) return 0;
    return 1;
}

CLONES void lethe_column_sum(const float *x, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t ld, float *y) {
    ptrdiff_t j = 0;
    for (; j + 8 <= columns; j += 8) {
        d8 s = {0};
        for (ptrdiff_t i = 0; i < rows; i++) s += __builtin_convertvector(*(const v8 *)(x + i * ld + j), d8);
        *(v8 *)(y + j) += __builtin_convertvector(s, v8);
    }
    for (; j < columns; j++) {
        double s = 0;
        for (ptrdiff_t i = 0; i < rows; i++) s += x[i * ld + j];
        y[j] += (float)s;
    }
}

CLONES void lethe_transpose(const float *x, float *y, ptrdiff_t rows, ptrdiff_t columns) {
    for (ptrdiff_t i0 = 0; i0 < rows; i0 += 32)
        for (ptrdiff_t j0 = 0; j0 < columns; j0 += 32) {
            ptrdiff_t i1 = i0 + 32 < rows ? i0 + 32 : rows, j1 = j0 + 32 < columns ? j0 + 32 : columns;
            for (ptrdiff_t j = j0; j < j1; j++)
                for (ptrdiff_t i = i0; i < i1; i++) y[j * rows + i] = x[i * columns + j];
        }
}
