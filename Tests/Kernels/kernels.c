// Drives every C kernel with lengths and numbers at the edges, in memory of exactly the length it may touch, and
// compares with plain loops. Built and run by Scripts/sanitize, which demands that every kernel is called here.
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "kernels.h"

static const ptrdiff_t lengths[] = {0, 1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 33, 47, 63, 64, 65, 67, 130, 517};
#define EACH_LENGTH(n) for (size_t l_ = 0; l_ < sizeof lengths / sizeof *lengths; l_++) for (ptrdiff_t n = lengths[l_], once_ = 1; once_; once_ = 0)
static const float edges[] = {0.0f, -0.0f, 1.0f, -1.0f, NAN, INFINITY, -INFINITY, FLT_MIN / 4, FLT_MAX, -FLT_MAX, 1e-20f, 88.8f, -104.0f};
#define EDGES (sizeof edges / sizeof *edges)
static long checks;
static uint64_t seed = 1;

static float number(void) {  // in -2 ..< 2
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (float)(seed >> 40) / (float)(1 << 22) - 2.0f;
}
// Memory of its own, so that one element too far is noticed.
static float *array(ptrdiff_t n) {
    float *x = malloc((size_t)n * sizeof *x);
    if (!x && n > 0) abort();
    for (ptrdiff_t i = 0; i < n; i++) x[i] = number();
    return x;
}
static float *edged(ptrdiff_t n) {
    float *x = array(n);
    for (ptrdiff_t i = 0; i < n; i++) if (i % 2 == 0) x[i] = edges[(size_t)(i / 2 + (ptrdiff_t)(seed >> 60)) % EDGES];
    return x;
}
static float *copy(const float *x, ptrdiff_t n) {
    float *y = array(n);
    if (n) memcpy(y, x, (size_t)n * sizeof *x);
    return y;
}
static void same(const char *what, double got, double expected, double tolerance) {
    checks++;
    if (isnan(got) && isnan(expected)) return;
    if (got == expected) return;
    if (fabs(expected) > FLT_MAX && isinf(got) && got * expected > 0) return;  // beyond float32
    if (fabs(expected) < FLT_MIN && fabs(got) < 2 * FLT_MIN) return;           // denormals may be flushed
    if (fabs(got - expected) <= tolerance * (1 + fabs(expected))) return;
    printf("%s: %.9g where %.9g is right\n", what, got, expected);
    exit(1);
}

static double sigmoid(double x) { return 1 / (1 + exp(-x)); }
static double gelu(double x) { return 0.5 * x * (1 + tanh(0.7978845608028654 * (x + 0.044715 * x * x * x))); }
static double unary(int op, double x) {
    switch (op) {
    case LETHE_EXP: return exp(x);
    case LETHE_LOG: return log(x);
    case LETHE_TANH: return tanh(x);
    case LETHE_SIGMOID: return sigmoid(x);
    case LETHE_SOFTPLUS: return x > 40 ? x : log1p(exp(x));
    case LETHE_GELU: return gelu(x);
    case LETHE_SILU: return x * sigmoid(x);
    case LETHE_RELU: return x < 0 ? 0 : x;
    case LETHE_SQRT: return sqrt(x);
    case LETHE_ABS: return fabs(x);
    case LETHE_SIGN: return isnan(x) ? x : (x > 0) - (x < 0);
    case LETHE_NEGATE: return -x;
    case LETHE_SQUARE: return x * x;
    case LETHE_RECIPROCAL: return 1 / x;
    case LETHE_SIN: return sin(x);
    case LETHE_COS: return cos(x);
    case LETHE_FLOOR: return floor(x);
    case LETHE_ROUND: return nearbyint(x);
    case LETHE_GELU_ERF: return 0.5 * x * (1 + erf(x * 0.70710678118654752));
    case LETHE_ERF: return erf(x);
    }
    abort();
}
static double binary(int op, double x, double y) {
    switch (op) {
    case LETHE_ADD: return x + y;
    case LETHE_SUBTRACT: return x - y;
    case LETHE_MULTIPLY: return x * y;
    case LETHE_DIVIDE: return x / y;
    case LETHE_POWER: return pow(x, y);
    case LETHE_MAXIMUM: return isnan(x) || isnan(y) ? NAN : x > y ? x : y;
    case LETHE_MINIMUM: return isnan(x) || isnan(y) ? NAN : x < y ? x : y;
    case LETHE_LESS: return x < y;
    case LETHE_LESS_EQUAL: return x <= y;
    case LETHE_EQUAL: return x == y;
    case LETHE_REMAINDER: {
        double r = fmod(x, y);
        return r != 0 && (r < 0) != (y < 0) ? r + y : r;
    }
    }
    abort();
}

static void elementwise(void) {
    EACH_LENGTH(n) {
        float *x = edged(n), *y = edged(n), *z = array(n), *smooth = array(n), *dy = array(n), *tx = array(n), *ddy = array(n);
        for (int op = 0; op <= LETHE_ERF; op++) {
            lethe_unary(op, x, z, n);
            for (ptrdiff_t i = 0; i < n; i++) {
                // Where infinity times 0 is NaN or 0 as one writes the formula, only a crash would be wrong.
                int product = op == LETHE_GELU || op == LETHE_SILU || op == LETHE_GELU_ERF;
                if (product && fabsf(x[i]) > 1e6f) continue;
                same("unary", z[i], unary(op, x[i]), 3e-6);
            }
            lethe_unary_reverse(op, smooth, dy, z, n);
            lethe_unary_reverse_tangent(op, smooth, tx, dy, ddy, z, n);
            for (ptrdiff_t i = 0; i < n; i++) smooth[i] = fabsf(smooth[i]) + 0.5f;
            if (op == LETHE_FLOOR || op == LETHE_ROUND) continue;
            lethe_unary_reverse(op, smooth, dy, z, n);
            for (ptrdiff_t i = 0; i < n; i++)
                same("unary reverse", z[i], dy[i] * (unary(op, smooth[i] + 1e-5) - unary(op, smooth[i] - 1e-5)) / 2e-5, 1e-3);
            lethe_unary_reverse_tangent(op, smooth, tx, dy, NULL, z, n);
            for (ptrdiff_t i = 0; i < n; i++)
                same("unary reverse tangent", z[i], dy[i] * tx[i] *
                     (unary(op, smooth[i] + 1e-4) - 2 * unary(op, smooth[i]) + unary(op, smooth[i] - 1e-4)) / 1e-8, 1e-2);
            lethe_unary_reverse(op, x, dy, z, n);
            lethe_unary_reverse_tangent(op, x, tx, dy, ddy, z, n);
        }
        for (int op = 0; op <= LETHE_REMAINDER; op++) {
            lethe_binary(op, x, y, z, n);
            for (ptrdiff_t i = 0; i < n; i++) same("binary", z[i], binary(op, x[i], y[i]), 2e-6);
            for (size_t e = 0; e < EDGES; e++)
                for (int swapped = 0; swapped < 2; swapped++) {
                    lethe_binary_scalar(op, x, edges[e], swapped, z, n);
                    for (ptrdiff_t i = 0; i < n; i++)
                        same("binary scalar", z[i], swapped ? binary(op, edges[e], x[i]) : binary(op, x[i], edges[e]), 2e-6);
                }
            float powers[] = {0.5f, 2.0f, 3.0f, 0.3f};
            for (int p = 0; op == LETHE_POWER && p < 4; p++) {
                lethe_binary_scalar(op, smooth, powers[p], 0, z, n);
                for (ptrdiff_t i = 0; i < n; i++) same("power", z[i], pow(smooth[i], powers[p]), 2e-6);
            }
        }
        lethe_clip(x, -0.5f, 0.75f, z, n);
        for (ptrdiff_t i = 0; i < n; i++) same("clip", z[i], x[i] < -0.5f ? -0.5 : x[i] > 0.75f ? 0.75 : x[i], 0);
        lethe_fill(z, 3, n);
        for (ptrdiff_t i = 0; i < n; i++) same("fill", z[i], 3, 0);
        float *w = copy(smooth, n);
        lethe_axpy(0.3f, dy, w, n);
        for (ptrdiff_t i = 0; i < n; i++) same("axpy", w[i], 0.3f * (double)dy[i] + smooth[i], 1e-6);
        lethe_axpby(0.3f, dy, -2, smooth, w, n);
        for (ptrdiff_t i = 0; i < n; i++) same("axpby", w[i], 0.3f * (double)dy[i] - 2.0 * smooth[i], 1e-6);
        memcpy(w, smooth, (size_t)n * sizeof *w);
        lethe_multiply_add(dy, tx, w, n);
        for (ptrdiff_t i = 0; i < n; i++) same("multiply-add", w[i], (double)dy[i] * tx[i] + smooth[i], 1e-6);

        // z = clip(-(x + y) / 3): three registers' worth of work
        float registers[2 * LETHE_STEP_PART];
        struct lethe_step steps[] = {
            {.kind = LETHE_STEP_BINARY, .op = LETHE_ADD, .x = dy, .y = tx, .z_register = 1},
            {.kind = LETHE_STEP_UNARY, .op = LETHE_NEGATE, .x_register = 1, .z_register = 0},
            {.kind = LETHE_STEP_SCALAR, .op = LETHE_DIVIDE, .scalar = 3, .x_register = 0, .z_register = 1},
            {.kind = LETHE_STEP_CLIP, .scalar = -1, .high = 1, .x_register = 1, .z = z}};
        lethe_plan_steps(steps, 4);
        lethe_run_steps(steps, 4, 0, n, registers);
        for (ptrdiff_t i = 0; i < n; i++) {
            float value = -(dy[i] + tx[i]) / 3;
            same("steps", z[i], value < -1 ? -1 : value > 1 ? 1 : value, 0);
        }
        free(x); free(y); free(z); free(smooth); free(dy); free(tx); free(ddy); free(w);
    }
}

static void reductions(void) {
    EACH_LENGTH(n) {
        float *x = array(n), *y = array(n), *bad = edged(n);
        double sum = 0, dot = 0;
        for (ptrdiff_t i = 0; i < n; i++) { sum += x[i]; dot += (double)x[i] * y[i]; }
        same("sum", lethe_sum(x, n), sum, 1e-12);
        same("dot", lethe_dot(x, y, n), dot, 1e-12);
        int finite = 1;
        for (ptrdiff_t i = 0; i < n; i++) finite &= isfinite(bad[i]) != 0;
        same("finite", lethe_all_finite(bad, n), finite, 0);
        same("finite", lethe_all_finite(x, n), 1, 0);
        if (n > 0) {
            float most = bad[0];
            for (ptrdiff_t i = 0; i < n; i++) if (isnan(bad[i]) || bad[i] > most) { most = bad[i]; if (isnan(most)) break; }
            same("max", lethe_max(bad, n), most, 0);
        }
        double *sums = malloc((size_t)(n ? n : 1) * sizeof *sums);
        if (!sums) abort();
        for (ptrdiff_t i = 0; i < n; i++) sums[i] = 1;
        lethe_add_float64(x, sums, n);
        for (ptrdiff_t i = 0; i < n; i++) same("add float64", sums[i], 1 + (double)x[i], 1e-15);
        free(sums);
        for (ptrdiff_t rows = 0; rows < 7; rows++) {
            float *m = array(rows * n), *t = array(rows * n), *column = array(n), *before = copy(column, n), *w = array(rows);
            lethe_column_sum(m, rows, n, n, column);
            for (ptrdiff_t j = 0; j < n; j++) {
                double s = before[j];
                for (ptrdiff_t r = 0; r < rows; r++) s += m[r * n + j];
                same("column sum", column[j], s, 1e-6);
            }
            memcpy(column, before, (size_t)n * sizeof *column);
            lethe_add_rows(m, n, rows, w, column, n);
            for (ptrdiff_t j = 0; j < n; j++) {
                double s = before[j];
                for (ptrdiff_t r = 0; r < rows; r++) s += (double)w[r] * m[r * n + j];
                same("add rows", column[j], s, 1e-5);
            }
            double products[7] = {0};
            lethe_add_dots(m, n, rows, y, products, n);
            for (ptrdiff_t r = 0; r < rows; r++) same("add dots", products[r], lethe_dot(m + r * n, y, n), 1e-12);
            lethe_transpose(m, t, rows, n);
            for (ptrdiff_t r = 0; r < rows; r++)
                for (ptrdiff_t j = 0; j < n; j++) same("transpose", t[j * rows + r], m[r * n + j], 0);
            free(m); free(t); free(before);
            // Rows that lie apart: the last ends with its last column.
            ptrdiff_t apart = n + 3;
            float *wide = array(rows ? (rows - 1) * apart + n : 0), *zero = array(n);
            for (ptrdiff_t j = 0; j < n; j++) zero[j] = 0, column[j] = 0;
            lethe_column_sum(wide, rows, n, apart, column);
            lethe_add_rows(wide, apart, rows, w, zero, n);
            for (ptrdiff_t r = 0; r < rows; r++) products[r] = 0;
            lethe_add_dots(wide, apart, rows, y, products, n);
            for (ptrdiff_t j = 0; j < n; j++) {
                double s = 0, weighted = 0;
                for (ptrdiff_t r = 0; r < rows; r++) s += wide[r * apart + j], weighted += (double)w[r] * wide[r * apart + j];
                same("column sum of rows apart", column[j], s, 1e-6);
                same("add rows apart", zero[j], weighted, 1e-5);
            }
            for (ptrdiff_t r = 0; r < rows; r++) same("add dots of rows apart", products[r], lethe_dot(wide + r * apart, y, n), 1e-12);
            free(wide); free(zero); free(column); free(w);
        }
        free(x); free(y); free(bad);
    }
}

static void products(void) {
    EACH_LENGTH(k) {
        for (ptrdiff_t n = 0; n < 35; n += n < 5 ? 1 : 7)
            for (ptrdiff_t m = 0; m < 9; m++)
                for (int adds = 0; adds < 2; adds++) {
                    float *x = array(m * k), *w = array(k * n), *t = array(k * n), *a = array(m * n), *b = copy(a, m * n), *old = copy(a, m * n);
                    lethe_transpose(w, t, k, n);
                    lethe_few_rows(x, k, m, w, n, k, adds, a, n, n);
                    lethe_few_rows_transposed(x, k, m, t, k, k, adds, b, n, n);
                    for (ptrdiff_t r = 0; r < m; r++)
                        for (ptrdiff_t j = 0; j < n; j++) {
                            double s = adds ? old[r * n + j] : 0;
                            for (ptrdiff_t i = 0; i < k; i++) s += (double)x[r * k + i] * w[i * n + j];
                            same("few rows", a[r * n + j], s, 2e-5);
                            same("few rows, transposed", b[r * n + j], s, 2e-5);
                        }
                    // Rows that lie apart: what is between them is nobody's.
                    ptrdiff_t ldx = k + 2, ldw = n + 1, ldy = n + 3;
                    float *xs = array(m ? (m - 1) * ldx + k : 0), *ws = array(k ? (k - 1) * ldw + n : 0);
                    float *ys = array(m ? (m - 1) * ldy + n : 0), *was = copy(ys, m ? (m - 1) * ldy + n : 0);
                    lethe_few_rows(xs, ldx, m, ws, ldw, k, adds, ys, ldy, n);
                    for (ptrdiff_t r = 0; r < m; r++) {
                        for (ptrdiff_t j = 0; j < n; j++) {
                            double s = adds ? was[r * ldy + j] : 0;
                            for (ptrdiff_t i = 0; i < k; i++) s += (double)xs[r * ldx + i] * ws[i * ldw + j];
                            same("few rows apart", ys[r * ldy + j], s, 2e-5);
                        }
                        for (ptrdiff_t j = n; r + 1 < m && j < ldy; j++) same("between rows", ys[r * ldy + j], was[r * ldy + j], 0);
                    }
                    float *turned = array(n ? (n - 1) * ldx + k : 0);
                    lethe_few_rows_transposed(xs, ldx, m, turned, ldx, k, 0, ys, ldy, n);
                    for (ptrdiff_t r = 0; r < m; r++)
                        for (ptrdiff_t j = 0; j < n; j++)
                            same("few rows apart, transposed", ys[r * ldy + j], lethe_dot(xs + r * ldx, turned + j * ldx, k), 2e-5);
                    free(x); free(w); free(t); free(a); free(b); free(old); free(xs); free(ws); free(ys); free(was); free(turned);
                }
    }
}

static void norms(void) {
    EACH_LENGTH(d) {
        if (d == 0) continue;
        for (ptrdiff_t rows = 0; rows < 4; rows++)
            for (int centered = 0; centered < 2; centered++) {
                float *x = array(rows * d), *w = array(d), *b = array(d), *y = array(rows * d), *stats = array(2 * rows);
                float *t = array(rows * d), *dx = array(rows * d), *dw = array(d), *db = array(d), *tdx = array(rows * d);
                lethe_norm(centered, x, w, centered ? b : NULL, 1e-2f, y, stats, rows, d);
                for (ptrdiff_t r = 0; r < rows; r++) {
                    double mean = 0, square = 0;
                    for (ptrdiff_t j = 0; centered && j < d; j++) mean += x[r * d + j] / (double)d;
                    for (ptrdiff_t j = 0; j < d; j++) square += (x[r * d + j] - mean) * (x[r * d + j] - mean) / (double)d;
                    for (ptrdiff_t j = 0; j < d; j++)
                        same("norm", y[r * d + j], (x[r * d + j] - mean) / sqrt(square + 1e-2) * w[j] + (centered ? b[j] : 0), 1e-4);
                }
                lethe_norm_tangent(centered, x, w, stats, t, NULL, NULL, y, rows, d);
                lethe_norm_tangent(centered, x, w, stats, t, w, b, y, rows, d);
                lethe_norm_tangent(centered, x, w, stats, NULL, w, NULL, y, rows, d);
                lethe_norm_reverse(centered, x, w, stats, t, dx, dw, centered ? db : NULL, rows, d);
                lethe_norm_reverse(centered, x, w, stats, t, dx, NULL, NULL, rows, d);
                lethe_norm_reverse_tangent(centered, x, w, stats, t, w, x, t, tdx, dw, db, rows, d);
                lethe_norm_reverse_tangent(centered, x, w, stats, NULL, NULL, x, t, tdx, NULL, NULL, rows, d);
                float *wild = edged(rows * d);
                lethe_norm(centered, wild, w, centered ? b : NULL, 1e-5f, y, stats, rows, d);
                lethe_norm_tangent(centered, wild, w, stats, t, w, b, y, rows, d);
                lethe_norm_reverse(centered, wild, w, stats, t, dx, dw, centered ? db : NULL, rows, d);
                lethe_norm_reverse_tangent(centered, wild, w, stats, t, w, wild, t, tdx, dw, db, rows, d);
                free(wild);
                free(x); free(w); free(b); free(y); free(stats); free(t); free(dx); free(dw); free(db); free(tdx);
            }
    }
}

// Cross-entropy a block of columns at a time, against the same in double.
static void heads(void) {
    EACH_LENGTH(n) {
        if (n == 0) continue;
        ptrdiff_t rows = 3;
        float *x = array(rows * n), *y = array(rows * n), *bias = array(n), *t = array(rows * n), *c = array(rows), *tc = array(rows);
        float *m = array(rows), *l = array(rows), *qm = array(rows), *ql = array(rows), *q = array(rows * n), *p = array(rows * n);
        float *d = array(rows * n), *mean = array(rows), *toward = array(rows);
        double *sums = calloc((size_t)rows, sizeof *sums);
        int32_t labels[] = {7, -100, 7 + (int32_t)n - 1};
        for (int capped = 0; capped < 2; capped++) {
            float cap = capped ? 3.0f : 0.0f;
            float *z = copy(x, rows * n);
            lethe_head_logits(z, capped ? bias : NULL, cap, rows, n);
            for (ptrdiff_t i = 0; i < rows * n; i++)
                same("logits", z[i], capped ? 3 * tanh((x[i] + bias[i % n]) / 3) : x[i], 1e-5);
            lethe_head_sums(z, m, l, rows, n);
            lethe_head_sums(y, qm, ql, rows, n);
            lethe_head_softmax(z, m, l, p, rows, n);
            lethe_head_softmax(y, qm, ql, q, rows, n);
            memset(sums, 0, (size_t)rows * sizeof *sums);
            lethe_head_divergence(z, m, l, y, qm, ql, sums, rows, n);
            memset(mean, 0, (size_t)rows * sizeof *mean);
            memset(toward, 0, (size_t)rows * sizeof *toward);
            lethe_head_tangent_sums(z, m, l, q, t, cap, mean, toward, rows, n);
            for (ptrdiff_t r = 0; r < rows; r++) {
                double s = 0, kl = 0, pt = 0, qt = 0;
                for (ptrdiff_t j = 0; j < n; j++) s += exp(z[r * n + j]);
                same("sum of a head", m[r] + l[r], log(s), 1e-5);
                for (ptrdiff_t j = 0; j < n; j++) {
                    ptrdiff_t i = r * n + j;
                    double bend = capped ? 1 - z[i] / 3.0 * (z[i] / 3.0) : 1;
                    same("softmax of a head", p[i], exp(z[i]) / s, 1e-5);
                    kl += q[i] * (y[i] - qm[r] - ql[r] - (z[i] - m[r] - l[r]));
                    pt += p[i] * bend * t[i];
                    qt += q[i] * bend * t[i];
                }
                same("divergence", (float)sums[r], kl, 1e-4);
                same("mean tangent", mean[r], pt, 1e-4);
                same("mean tangent of the target", toward[r], qt, 1e-4);
            }
            c[0] = c[0] == 0 ? 1 : c[0];
            lethe_head_reverse(z, m, l, labels, 7, NULL, c, cap, d, rows, n);
            for (ptrdiff_t i = 0; i < rows * n; i++) {
                double bend = capped ? 1 - z[i] / 3.0 * (z[i] / 3.0) : 1, own = labels[i / n] == 7 + i % n;
                same("cotangent of a head", d[i], c[i / n] * (p[i] - own) * bend, 1e-5);
            }
            lethe_head_reverse(z, m, l, NULL, 0, q, c, cap, d, rows, n);
            for (ptrdiff_t i = 0; i < rows * n; i++) {
                double bend = capped ? 1 - z[i] / 3.0 * (z[i] / 3.0) : 1;
                same("cotangent toward a distribution", d[i], c[i / n] * (p[i] - q[i]) * bend, 1e-5);
            }
            lethe_head_reverse_tangent(z, m, l, labels, 7, NULL, t, mean, c, tc, cap, 1, d, rows, n);
            for (ptrdiff_t i = 0; i < rows * n; i++) {
                ptrdiff_t r = i / n;
                double u = capped ? z[i] / 3.0 : 0, bend = 1 - u * u, off = p[i] - (labels[r] == 7 + i % n);
                double expected = bend * (c[r] * p[i] * (bend * t[i] - mean[r]) + tc[r] * off);
                if (capped) expected -= 2 / 3.0 * u * bend * t[i] * c[r] * off;
                same("tangent of a cotangent", d[i], expected, 1e-4);
            }
            lethe_head_reverse_tangent(z, m, l, NULL, 0, q, NULL, mean, c, NULL, cap, 0, d, rows, n);
            lethe_head_reverse_tangent(z, m, l, NULL, 0, q, NULL, mean, c, tc, cap, 0, d, rows, n);
            free(z);
        }
        float *wild = edged(rows * n);
        lethe_head_sums(wild, m, l, rows, n);
        lethe_head_softmax(wild, m, l, p, rows, n);
        for (ptrdiff_t i = 0; i < rows * n; i++) wild[i] = -INFINITY;
        lethe_head_sums(wild, m, l, rows, n);
        same("sum of nothing", l[0], 0, 0);
        free(x); free(y); free(bias); free(t); free(c); free(tc); free(m); free(l); free(qm); free(ql); free(q); free(p);
        free(d); free(mean); free(toward); free(sums); free(wild);
    }
}

static void halves(void) {
    EACH_LENGTH(n) {
        float *x = array(n), *wild = edged(n), *y = array(n);
        uint16_t *bits = malloc((size_t)(n ? n : 1) * sizeof *bits);
        lethe_narrow_bf16_at_random(wild, bits, 3, n, 7);
        lethe_widen_bf16(bits, y, n);
        for (ptrdiff_t i = 0; i < n; i++) same("a neighbour in bfloat16", y[i], wild[i], 8e-3);
        lethe_narrow_bf16_at_random(y, bits, 3, n, 8);
        lethe_widen_bf16(bits, x, n);
        for (ptrdiff_t i = 0; i < n; i++) same("a bfloat16 stays", x[i], y[i], 0);
        free(x); free(wild); free(y); free(bits);
    }
    // Right in the mean: a number a quarter of the way from one neighbour to the next.
    double sum = 0;
    for (uint32_t draw = 0; draw < 4000; draw++) {
        float x = 1.0f + 0.25f / 128, y;
        uint16_t bits;
        lethe_narrow_bf16_at_random(&x, &bits, 5, 1, draw);
        lethe_widen_bf16(&bits, &y, 1);
        sum += y;
    }
    same("the mean of bfloat16", sum / 4000, 1 + 0.25 / 128, 2e-4);
}

static void softmaxes(void) {
    EACH_LENGTH(n) {
        if (n == 0) continue;
        ptrdiff_t rows = 3;
        float *x = array(rows * n), *wild = edged(rows * n), *lse = array(rows), *p = array(rows * n), *d = array(rows * n), *c = array(rows);
        lethe_log_sum_exp(wild, lse, rows, n);
        lethe_softmax_rows(wild, lse, p, rows, n);
        lethe_log_softmax(wild, p, rows, n);
        lethe_log_softmax(x, d, rows, n);
        lethe_log_sum_exp(x, lse, rows, n);
        lethe_softmax_rows(x, lse, p, rows, n);
        for (ptrdiff_t r = 0; r < rows; r++) {
            double s = 0;
            for (ptrdiff_t j = 0; j < n; j++) s += exp(x[r * n + j]);
            same("log-sum-exp", lse[r], log(s), 1e-5);
            for (ptrdiff_t j = 0; j < n; j++) same("softmax", p[r * n + j], exp(x[r * n + j]) / s, 1e-5);
            for (ptrdiff_t j = 0; j < n; j++) same("log-softmax", d[r * n + j], x[r * n + j] - log(s), 1e-5);
        }
        // Far from 0 the logarithm of the sum has no digits left for the difference; the result still has.
        for (ptrdiff_t i = 0; i < rows * n; i++) wild[i] = 1e8f * (float)(i % n == 0);
        lethe_log_softmax(wild, d, rows, n);
        for (ptrdiff_t i = 0; i < rows * n; i++) same("log-softmax of large numbers", d[i], i % n == 0 ? 0 : -1e8, 1e-5);
        int32_t labels[] = {0, -100, (int32_t)n - 1};
        lethe_cross_entropy_reverse(x, lse, labels, c, d, rows, n);
        for (ptrdiff_t r = 0; r < rows; r++)
            for (ptrdiff_t j = 0; j < n; j++)
                same("cross-entropy", d[r * n + j], labels[r] < 0 ? 0 : c[r] * (p[r * n + j] - (labels[r] == j)), 1e-5);
        lethe_cross_entropy_reverse_tangent(x, lse, labels, p, c, c, d, rows, n);
        lethe_cross_entropy_reverse_tangent(x, lse, labels, p, NULL, c, d, rows, n);
        lethe_cross_entropy_reverse_tangent(x, lse, labels, p, c, NULL, d, rows, n);
        free(x); free(wild); free(lse); free(p); free(d); free(c);

        // Whole squares, then strips that end where the last query does.
        for (ptrdiff_t first = 0; first < n; first += 5) {
            ptrdiff_t count = n - first < 5 ? n - first : 5, seen = first + count;
            ptrdiff_t size = (count - 1) * n + seen, limits[] = {1, (n + 1) / 2, n};
            for (int l = 0; l < 3; l++) {
                float *s = array(size), *old = copy(s, size), *dp = array(size), *tp = array(size), *tdp = array(size), *kept = copy(dp, size);
                lethe_causal_softmax(s, 0.7f, first, count, seen, n, limits[l]);
                for (ptrdiff_t r = 0; r < count; r++) {
                    ptrdiff_t own = first + r + 1 < limits[l] ? first + r + 1 : limits[l];
                    double sum = 0;
                    for (ptrdiff_t j = 0; j < own; j++) sum += exp(0.7f * old[r * n + j]);
                    for (ptrdiff_t j = 0; j < seen; j++) same("causal softmax", s[r * n + j], j < own ? exp(0.7f * old[r * n + j]) / sum : 0, 1e-5);
                    for (ptrdiff_t j = seen; r + 1 < count && j < n; j++) same("beyond a strip", s[r * n + j], old[r * n + j], 0);
                }
                lethe_causal_softmax_reverse_tangent(s, tp, dp, tdp, 0.7f, first, count, seen, n);
                lethe_causal_softmax_reverse(s, dp, 0.7f, first, count, seen, n);
                for (ptrdiff_t r = 0; r < count; r++) {
                    double mean = 0;
                    for (ptrdiff_t j = 0; j <= first + r; j++) mean += (double)s[r * n + j] * kept[r * n + j];
                    for (ptrdiff_t j = 0; j < seen; j++)
                        same("causal softmax reverse", dp[r * n + j], j <= first + r ? 0.7f * s[r * n + j] * (kept[r * n + j] - mean) : 0, 1e-5);
                }
                free(s); free(old); free(dp); free(tp); free(tdp); free(kept);
            }
        }
    }
}

// What lies between the rows of a strip is nobody's.
static void between(const char *what, const float *s, const float *old, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t stride) {
    for (ptrdiff_t r = 0; r + 1 < rows; r++)
        for (ptrdiff_t j = columns; j < stride; j++) same(what, s[r * stride + j], old[r * stride + j], 0);
}

static void windows(void) {
    EACH_LENGTH(n) {
        if (n == 0) continue;
        for (ptrdiff_t first = 0; first < n; first += 5) {
            ptrdiff_t rows = n - first < 5 ? n - first : 5, columns = first + rows;
            ptrdiff_t size = (rows - 1) * n + columns, limits[] = {1, (n + 1) / 2, n}, wide[] = {1, 3, (n + 1) / 2, n, n + 9};
            for (int l = 0; l < 3; l++)
                for (int w = 0; w < 5; w++) {
                    float *s = array(size), *old = copy(s, size);
                    lethe_window_softmax(s, 0.7f, first, rows, wide[w], columns, n, limits[l]);
                    for (ptrdiff_t r = 0; r < rows; r++) {
                        ptrdiff_t own = first + r + 1, low = own > wide[w] ? own - wide[w] : 0, end = own < limits[l] ? own : limits[l];
                        double sum = 0;
                        for (ptrdiff_t j = low; j < end; j++) sum += exp(0.7f * old[r * n + j]);
                        for (ptrdiff_t j = 0; j < columns; j++)
                            same("window softmax", s[r * n + j], j >= low && j < end ? exp(0.7f * old[r * n + j]) / sum : 0, 1e-5);
                    }
                    between("beyond a window's strip", s, old, rows, columns, n);
                    free(s); free(old);
                }
        }
    }
}

static void caps(void) {
    const float scale = 0.7f, cap = 1.5f;
    EACH_LENGTH(columns) {
        ptrdiff_t rows = 3, stride = columns + 2, size = 2 * stride + columns;
        float *s = array(size), *old = copy(s, size), *u = array(size), *ds = array(size), *ts = array(size), *tds = array(size);
        float *empty = copy(u, size), *dy = copy(ds, size), *tdy = copy(tds, size), *wild = edged(size);
        lethe_soft_cap(s, u, scale, cap, rows, columns, stride);
        lethe_soft_cap_reverse_tangent(u, ts, ds, tds, scale, cap, rows, columns, stride);
        lethe_soft_cap_reverse(u, ds, scale, rows, columns, stride);
        for (ptrdiff_t r = 0; r < rows; r++)
            for (ptrdiff_t j = 0; j < columns; j++) {
                ptrdiff_t i = r * stride + j;
                double t = tanh(scale * (double)old[i] / cap), slope = scale * (1 - t * t);
                same("soft cap", s[i], cap * t, 1e-5);
                same("soft cap's tanh", u[i], t, 1e-5);
                same("soft cap reverse", ds[i], slope * dy[i], 1e-5);
                // ts is the tangent of what comes out of the cap: that of t is ts / cap.
                same("soft cap reverse tangent", tds[i], slope * tdy[i] - 2 * scale * t * ts[i] / cap * dy[i], 1e-5);
            }
        between("beyond a cap's row", s, old, rows, columns, stride);
        between("beyond a cap's row of tanh", u, empty, rows, columns, stride);
        between("beyond a cap's row, reverse", ds, dy, rows, columns, stride);
        between("beyond a cap's row, reverse tangent", tds, tdy, rows, columns, stride);
        lethe_soft_cap(wild, u, scale, cap, rows, columns, stride);
        free(s); free(old); free(u); free(ds); free(ts); free(tds); free(empty); free(dy); free(tdy); free(wild);
    }
}

static void rotary(void) {
    for (ptrdiff_t d = 2; d < 40; d += 6)
        for (ptrdiff_t rows = 0; rows < 5; rows++) {
            ptrdiff_t heads = 3, time = 2, row = heads * d;
            float *x = array(rows * row), *y = array(rows * row), *z = array(rows * row), *c = array(4 * d / 2), *s = array(4 * d / 2);
            for (ptrdiff_t i = 0; i < 4 * d / 2; i++) { float a = c[i]; c[i] = cosf(a); s[i] = sinf(a); }
            lethe_rotary(x, c, s, 1, y, rows, time, 2, heads, d, row, row);
            lethe_rotary(y, c, s, -1, z, rows, time, 2, heads, d, row, row);
            for (ptrdiff_t i = 0; i < rows * row; i++) same("rotary there and back", z[i], x[i], 1e-5);
            free(x); free(y); free(z); free(c); free(s);
        }
    // A part of each head, of some of the heads.
    for (ptrdiff_t d = 1; d < 40; d += 3)
        for (ptrdiff_t half = 0; 2 * half <= d; half += half < 3 ? 1 : 5)
            for (ptrdiff_t turned = 0; turned <= 3; turned++) {
                ptrdiff_t heads = 6, period = 3, time = 3, start = 2, row = heads * d;
                float *x = array(time * row), *y = array(time * row), *z = array(time * row);
                float *c = array((start + time) * half), *s = array((start + time) * half);
                for (ptrdiff_t i = 0; i < (start + time) * half; i++) { float a = c[i]; c[i] = cosf(a); s[i] = sinf(a); }
                lethe_rotary_part(x, c, s, 1, y, time, start, heads, period, turned, d, half);
                lethe_rotary_part(y, c, s, -1, z, time, start, heads, period, turned, d, half);
                for (ptrdiff_t r = 0; r < time; r++)
                    for (ptrdiff_t h = 0; h < heads; h++)
                        for (ptrdiff_t j = 0; j < d; j++) {
                            ptrdiff_t i = r * row + h * d + j, pair = half ? j % half : 0, at = (start + r) * half + pair;
                            double right = x[i];
                            if (h % period < turned && j < half) right = (double)x[i] * c[at] - (double)x[i + half] * s[at];
                            else if (h % period < turned && j < 2 * half) right = (double)x[i] * c[at] + (double)x[i - half] * s[at];
                            same("rotary of a part", y[i], right, 1e-6);
                            same("rotary of a part, there and back", z[i], x[i], 1e-5);
                        }
                free(x); free(y); free(z); free(c); free(s);
            }
}

static void optimizers(void) {
    EACH_LENGTH(n)
        for (int streams = 0; streams < 2; streams++)
            for (int wild = 0; wild < 2; wild++) {
                float *p = wild ? edged(n) : array(n), *g = wild ? edged(n) : array(n), *m = array(n), *v = array(n), *e = array(n);
                float *np = array(n), *nm = array(n), *nv = array(n);
                for (ptrdiff_t i = 0; i < n; i++) v[i] = fabsf(v[i]);
                struct lethe_update u = {p, g, NULL, m, v, np, nm, nv, streams};
                struct lethe_sgd_coefficients sgd = {0.1f, 0.01f, 0.1f, 1, 1};
                struct lethe_adam_coefficients adam = {0.1f, 0.01f, 0.1f, 0.01f, 1.5f, 1e-8f, 1};
                struct lethe_sophia_coefficients sophia = {0.1f, 0.01f, 0.1f, 0.01f, 0.04f, 1e-15f, 0};
                struct lethe_lion_coefficients lion = {0.1f, 0.01f, 0.1f, 0.01f};
                struct lethe_scaled_coefficients scaled = {0.1f, 0.01f, 0.1f, 0.1f, 1e-8f};
                int said = lethe_adam(&u, 0, n, adam).finite, finite = 1;
                for (ptrdiff_t i = 0; i < n; i++) finite &= isfinite(np[i]) && isfinite(nm[i]) && isfinite(nv[i]);
                same("adamw's numbers are finite", said, finite, 0);
                for (ptrdiff_t i = 0; i < n; i++) {
                    double a = m[i] - 0.1f * (double)m[i] + 0.1f * (double)g[i], b = v[i] - 0.01f * (double)v[i] + 0.01f * (double)g[i] * g[i];
                    if (wild && !(fabs(b) < FLT_MAX)) continue;
                    same("adamw", np[i], p[i] - 0.01f * (double)p[i] - 0.1f * (a / (sqrt(b) * 1.5 + 1e-8)), 1e-5);
                    if (isnan(g[i])) same("adamw of NaN", np[i], NAN, 0);
                }
                lethe_lion(&u, 0, n, lion);
                lethe_scaled(&u, 0, n, scaled);
                lethe_sgd(&u, 0, n, sgd);
                u.new_first = NULL;
                lethe_sgd(&u, 0, n, sgd);
                for (ptrdiff_t i = 0; i < n; i++) {
                    double decayed = g[i] + 0.01f * (double)p[i];
                    if (!(fabs(decayed) > FLT_MAX)) same("sgd", np[i], p[i] - 0.1f * decayed, 1e-5);
                }
                u.new_first = nm;
                ptrdiff_t clipped = lethe_sophia(&u, 0, n, sophia).clipped;
                if (clipped < 0 || clipped > n) { printf("sophia clipped %td of %td\n", clipped, n); exit(1); }
                u.curvature = e;
                lethe_sophia(&u, 0, n, sophia);
                // In place, from the middle on.
                struct lethe_update own = {p, g, e, m, v, p, m, v, 0};
                lethe_adam(&own, n / 2, n - n / 2, adam);
                lethe_sophia(&own, n / 2, n - n / 2, sophia);
                free(p); free(g); free(m); free(v); free(e); free(np); free(nm); free(nv);
            }
}

// What a half says: sign, exponent, and ten places behind the point.
static double half(uint16_t bits) {
    int exponent = bits >> 10 & 31, places = bits & 1023;
    double size = exponent == 31 ? (places ? NAN : INFINITY)
                : exponent ? ldexp(1024 + places, exponent - 25) : ldexp(places, -24);
    return bits >> 15 ? -size : size;
}

static void storage(void) {
    float *wide = array(1 << 16);
    uint16_t *all = malloc(2 << 16);
    if (!all) abort();
    for (int i = 0; i < 1 << 16; i++) all[i] = (uint16_t)i;
    lethe_widen_f16(all, wide, 1 << 16);
    for (int i = 0; i < 1 << 16; i++) {
        double expected = half((uint16_t)i);
        if (!(isnan(expected) && isnan(wide[i])) && !(wide[i] == expected)) { printf("half %d is %g\n", i, (double)wide[i]); exit(1); }
    }
    // Back to the same bits, NaN aside.
    uint16_t *back = malloc(2 << 16);
    if (!back) abort();
    if (lethe_narrow_f16(wide, back, 1 << 16) != 0) { printf("a half was lost\n"); exit(1); }
    for (int i = 0; i < 1 << 16; i++)
        if (!isnan(wide[i]) && back[i] != i) { printf("half %d came back as %d\n", i, back[i]); exit(1); }
    lethe_widen_bf16(all, wide, 1 << 16);
    if (lethe_narrow_bf16(wide, back, 1 << 16) != 0) { printf("a bfloat16 was lost\n"); exit(1); }
    for (int i = 0; i < 1 << 16; i++)
        if (!isnan(wide[i]) && back[i] != i) { printf("bfloat16 %d came back as %d\n", i, back[i]); exit(1); }
    free(wide); free(all); free(back);
    float beyond[2] = {FLT_MAX, 70000.0f};
    uint16_t narrow[2];
    if (lethe_narrow_bf16(beyond, narrow, 2) != 1 || lethe_narrow_f16(beyond, narrow, 2) != 2) { printf("what is too large\n"); exit(1); }
    float odd[EDGES];
    memcpy(odd, edges, sizeof odd);
    int8_t bytes[EDGES];
    float scale[1];
    lethe_narrow_q8(odd, bytes, scale, EDGES);
    for (size_t i = 0; i < EDGES; i++) odd[i] = (float)i * 1e-39f;
    lethe_narrow_q8(odd, bytes, scale, EDGES);
    EACH_LENGTH(n) {
        ptrdiff_t runs = (n + 31) / 32;
        float *x = array(n), *y = array(n), *scales = array(runs);
        int8_t *q = malloc((size_t)n);
        uint16_t *halves = malloc(2 * (size_t)n), *narrowed = malloc(2 * (size_t)runs);
        if (n && (!q || !halves || !narrowed)) abort();
        lethe_narrow_f16(x, halves, n);
        lethe_widen_f16(halves, y, n);
        for (ptrdiff_t i = 0; i < n; i++) same("float16", y[i], x[i], 5e-4);
        lethe_narrow_bf16(x, halves, n);
        lethe_widen_bf16(halves, y, n);
        for (ptrdiff_t i = 0; i < n; i++) same("bfloat16", y[i], x[i], 4e-3);
        lethe_narrow_q8(x, q, scales, n);
        lethe_narrow_f16(scales, narrowed, runs);
        lethe_widen_q8(q, narrowed, y, n);
        for (ptrdiff_t i = 0; i < n; i++) same("q8", y[i], x[i], 9e-3);
        free(x); free(y); free(scales); free(q); free(halves); free(narrowed);
    }
}

int main(void) {
    elementwise();
    reductions();
    products();
    norms();
    softmaxes();
    windows();
    caps();
    heads();
    halves();
    rotary();
    optimizers();
    storage();
    lethe_pause();
    if (lethe_allowed_processors() < 1) return 1;
    printf("%ld checks\n", checks);
    return 0;
}
