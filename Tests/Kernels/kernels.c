// Calls every C kernel with rows of every awkward length in memory of exactly that size, for the address and
// undefined-behaviour sanitizers: Scripts/test compiles it with the kernels.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "kernels.h"

static uint64_t state = 1;
static uint32_t draw(void) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33);
}

// Floats of every kind: small, large, subnormal, infinite, not a number. `tame` leaves only ordinary ones.
static float number(int tame) {
    static const float odd[] = {0, -0.0f, 1, -1, 88.8f, -88.8f, 1e38f, -3e38f, 1e-40f, INFINITY, -INFINITY, NAN};
    if (!tame && draw() % 4 == 0) return odd[draw() % (sizeof odd / sizeof *odd)];
    return (float)draw() / (1u << 30) - 1;
}

// Every block is freed at the end of a round, so that what is outside is never someone else's.
static void *blocks[256];
static int used;
static void *block(size_t size) {
    void *p = malloc(size ? size : 1);
    if (!p || used == 256) exit(2);
    return blocks[used++] = p;
}
static float *floats(ptrdiff_t n, int tame) {
    float *x = block((size_t)n * sizeof(float));
    for (ptrdiff_t i = 0; i < n; i++) x[i] = number(tame);
    return x;
}
static void release(void) {
    while (used) free(blocks[--used]);
}

static void elementwise(ptrdiff_t n) {
    for (int op = LETHE_EXP; op <= LETHE_ERF; op++) {
        lethe_unary(op, floats(n, 0), floats(n, 1), n);
        lethe_unary_reverse(op, floats(n, 0), floats(n, 0), floats(n, 1), n);
        lethe_unary_reverse_tangent(op, floats(n, 0), floats(n, 0), floats(n, 0), floats(n, 0), floats(n, 1), n);
        lethe_unary_reverse_tangent(op, floats(n, 0), floats(n, 0), floats(n, 0), NULL, floats(n, 1), n);
        release();
    }
    for (int op = LETHE_ADD; op <= LETHE_REMAINDER; op++) {
        lethe_binary(op, floats(n, 0), floats(n, 0), floats(n, 1), n);
        for (int swapped = 0; swapped < 2; swapped++)
            lethe_binary_scalar(op, floats(n, 0), number(0), swapped, floats(n, 1), n);
        release();
    }
    lethe_clip(floats(n, 0), -0.5f, 0.5f, floats(n, 1), n);
    lethe_fill(floats(n, 1), 3, n);
    lethe_axpy(number(0), floats(n, 0), floats(n, 0), n);
    lethe_axpby(number(0), floats(n, 0), number(0), floats(n, 0), floats(n, 1), n);
    lethe_multiply_add(floats(n, 0), floats(n, 0), floats(n, 0), n);
    release();
}

static void reductions(ptrdiff_t n) {
    volatile double sum = lethe_sum(floats(n, 0), n) + lethe_dot(floats(n, 0), floats(n, 0), n);
    if (n > 0) sum += lethe_max(floats(n, 0), n);
    sum += lethe_all_finite(floats(n, 0), n);
    double *sums = block((size_t)n * sizeof(double));
    for (ptrdiff_t i = 0; i < n; i++) sums[i] = 0;
    lethe_add_float64(floats(n, 0), sums, n);
    release();
    for (ptrdiff_t rows = 0; rows < 20; rows += 1 + rows / 3) {
        ptrdiff_t ld = n + 3;  // the last row ends with its last column
        lethe_column_sum(floats(rows ? (rows - 1) * ld + n : 0, 0), rows, n, ld, floats(n, 1));
        lethe_transpose(floats(rows * n, 0), floats(rows * n, 1), rows, n);
        release();
    }
}

static void normalization(ptrdiff_t d) {
    for (ptrdiff_t rows = 1; rows < 4; rows++)
        for (int centered = 0; centered < 2; centered++) {
            ptrdiff_t n = rows * d;
            float *x = floats(n, 0), *w = floats(d, 0), *stats = floats(2 * rows, 1);
            float *a = floats(n, 0), *b = floats(d, 0), *c = floats(n, 1), *e = floats(d, 1), *f = floats(d, 1);
            lethe_norm(centered, x, w, centered ? b : NULL, 1e-5f, c, stats, rows, d);
            lethe_norm_tangent(centered, x, w, stats, a, b, b, c, rows, d);
            lethe_norm_tangent(centered, x, w, stats, NULL, NULL, NULL, c, rows, d);
            lethe_norm_reverse(centered, x, w, stats, a, c, e, f, rows, d);
            lethe_norm_reverse(centered, x, w, stats, a, c, NULL, NULL, rows, d);
            lethe_norm_reverse_tangent(centered, x, w, stats, a, b, a, a, c, e, f, rows, d);
            lethe_norm_reverse_tangent(centered, x, w, stats, NULL, NULL, a, NULL, c, NULL, NULL, rows, d);
            release();
        }
}

static void softmax(ptrdiff_t n) {
    for (ptrdiff_t rows = 1; rows < 4; rows++) {
        float *x = floats(rows * n, 0), *lse = floats(rows, 1), *y = floats(rows * n, 1), *c = floats(rows, 0);
        lethe_log_sum_exp(x, lse, rows, n);
        lethe_log_softmax(x, y, rows, n);
        lethe_softmax_rows(x, lse, y, rows, n);
        int32_t *labels = block((size_t)rows * sizeof *labels);
        for (ptrdiff_t i = 0; i < rows; i++) labels[i] = (int32_t)(draw() % (uint32_t)(n + 1)) - 1;
        lethe_cross_entropy_reverse(x, lse, labels, c, y, rows, n);
        lethe_cross_entropy_reverse_tangent(x, lse, labels, x, c, c, y, rows, n);
        lethe_cross_entropy_reverse_tangent(x, lse, labels, x, NULL, c, y, rows, n);
        lethe_cross_entropy_reverse_tangent(x, lse, labels, x, c, NULL, y, rows, n);
        for (ptrdiff_t start = 0; start + rows <= n; start += 1 + n / 3)
            lethe_causal_softmax(floats(rows * n, 0), 0.5f, start, rows, n, n, n);
        release();
    }
    if (n > 70) return;
    for (ptrdiff_t limit = 1; limit <= n; limit += 1 + n / 4) {
        lethe_causal_softmax(floats(n * n, 0), 0.5f, 0, n, n, n, limit);
        release();
    }
    lethe_causal_softmax_reverse(floats(n * n, 1), floats(n * n, 0), 0.5f, 0, n, n, n);
    lethe_causal_softmax_reverse_tangent(
        floats(n * n, 1), floats(n * n, 0), floats(n * n, 0), floats(n * n, 0), 0.5f, 0, n, n, n);
    release();
}

static void rotary(ptrdiff_t half) {
    ptrdiff_t d = 2 * half, heads = 2, time = 3, rows = 6, start = 2, width = heads * d;
    float *cosine = floats((start + time) * half, 1), *sine = floats((start + time) * half, 1);
    lethe_rotary(floats(rows * width, 0), cosine, sine, -1, floats(rows * width, 1), rows, time, start, heads, d,
                 width, width);
    release();
}

static void optimizers(ptrdiff_t n) {
    for (int variant = 0; variant < 16; variant++) {
        ptrdiff_t start = n / 3, count = n - start;
        struct lethe_update u = {
            .parameters = floats(n, 0), .gradient = floats(n, 0), .curvature = variant & 1 ? floats(n, 0) : NULL,
            .first = floats(n, 0), .second = floats(n, 0), .new_parameters = floats(n, 1), .new_first = floats(n, 1),
            .new_second = floats(n, 1), .streams = variant >> 1 & 1,
        };
        int flag = variant >> 2 & 1;
        lethe_sgd(&u, start, count, (struct lethe_sgd_coefficients){0.1f, 0.9f, 0.1f, 0.1f, flag});
        lethe_adam(&u, start, count, (struct lethe_adam_coefficients){0.1f, 0.9f, 0.1f, 0.1f, 1, 1e-8f, flag});
        lethe_lion(&u, start, count, (struct lethe_lion_coefficients){0.1f, 0.9f, 0.1f, 0.1f});
        lethe_scaled(&u, start, count, (struct lethe_scaled_coefficients){0.1f, 0.9f, 0.1f, 0.1f, 1e-8f});
        lethe_sophia(&u, start, count, (struct lethe_sophia_coefficients){0.1f, 0.9f, 0.1f, 0.1f, 1, 1e-8f, flag});
        release();
    }
}

int main(void) {
    ptrdiff_t calls = 0;
    for (ptrdiff_t n = 0; n < 2100; n += n < 70 ? 1 : 1 + n / 3, calls++) {
        elementwise(n);
        reductions(n);
        optimizers(n);
        if (n > 0) normalization(n), softmax(n), rotary(n);
    }
    printf("ok kernels under the address and undefined-behaviour sanitizers (%td lengths)\n", calls);
    return 0;
}
