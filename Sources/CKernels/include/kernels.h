// C loops over float arrays. Every kernel is compiled for several CPUs and the fitting one is chosen when the
// program is loaded. None allocates, none keeps state; lengths count elements.
#ifndef LETHE_KERNELS_H
#define LETHE_KERNELS_H
#include <stdint.h>
#include <stddef.h>

// Tells the CPU that this thread waits in a loop.
static inline void lethe_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

// --- elementwise.c -------------------------------------------------------------------------------------------
// y = f(x). `lethe_unary_reverse`: dx = dy * f'(x). `lethe_unary_reverse_tangent`:
// ddx = ddy * f'(x) + dy * f''(x) * tx, the forward-over-reverse rule (ddy may be null).
enum lethe_unary_operation {
    LETHE_EXP, LETHE_LOG, LETHE_TANH, LETHE_SIGMOID, LETHE_SOFTPLUS, LETHE_GELU, LETHE_SILU, LETHE_RELU,
    LETHE_SQRT, LETHE_ABS, LETHE_SIGN, LETHE_NEGATE, LETHE_SQUARE, LETHE_RECIPROCAL, LETHE_SIN, LETHE_COS,
    LETHE_FLOOR, LETHE_ROUND, LETHE_GELU_ERF, LETHE_ERF,
};
void lethe_unary(int op, const float *x, float *y, ptrdiff_t n);
void lethe_unary_reverse(int op, const float *x, const float *dy, float *dx, ptrdiff_t n);
void lethe_unary_reverse_tangent(int op, const float *x, const float *tx, const float *dy, const float *ddy,
                                 float *ddx, ptrdiff_t n);

// z = x op y; in the `scalar` forms one side is a number (swapped != 0: z = s op x).
enum lethe_binary_operation {
    LETHE_ADD, LETHE_SUBTRACT, LETHE_MULTIPLY, LETHE_DIVIDE, LETHE_POWER, LETHE_MAXIMUM, LETHE_MINIMUM,
    LETHE_LESS, LETHE_LESS_EQUAL, LETHE_EQUAL, LETHE_REMAINDER,
};
void lethe_binary(int op, const float *x, const float *y, float *z, ptrdiff_t n);
void lethe_binary_scalar(int op, const float *x, float s, int swapped, float *z, ptrdiff_t n);

void lethe_clip(const float *x, float low, float high, float *y, ptrdiff_t n);
void lethe_fill(float *x, float value, ptrdiff_t n);
// y += a x;  z = a x + b y;  z += x * y
void lethe_axpy(float a, const float *x, float *y, ptrdiff_t n);
void lethe_axpby(float a, const float *x, float b, const float *y, float *z, ptrdiff_t n);
void lethe_multiply_add(const float *x, const float *y, float *z, ptrdiff_t n);

// --- steps.c -------------------------------------------------------------------------------------------------
// A chain of elementwise work: each step is one of the functions above. x, y and z are memory (of which the elements
// from `start` on are meant) or, where null, registers of LETHE_STEP_PART floats each. All steps run over one part
// before the next, so that what lies between them stays in the cache; the numbers are those of one function after the
// other. `lethe_plan_steps` sets what a step knows beforehand of its number.
enum lethe_step_kind { LETHE_STEP_UNARY, LETHE_STEP_BINARY, LETHE_STEP_SCALAR, LETHE_STEP_CLIP };
enum { LETHE_STEP_PART = 128 };
struct lethe_step {
    int kind, op, swapped;
    float scalar, high;
    const float *x, *y;
    float *z;
    int x_register, y_register, z_register;
    float inverse, inverse_rest;   // 1 / scalar in two floats; 0 where a division must not use it
};
void lethe_plan_steps(struct lethe_step *steps, ptrdiff_t count);
void lethe_run_steps(const struct lethe_step *steps, ptrdiff_t count, ptrdiff_t start, ptrdiff_t n, float *registers);

// --- reductions.c: float64 accumulators ----------------------------------------------------------------------
double lethe_sum(const float *x, ptrdiff_t n);
double lethe_dot(const float *x, const float *y, ptrdiff_t n);
// Of a matrix whose rows start `stride` apart: sums[r] += <row r, y>, and y += sum of w[r] times row r.
void lethe_add_dots(const float *x, ptrdiff_t stride, ptrdiff_t rows, const float *y, double *sums, ptrdiff_t n);
void lethe_add_rows(const float *x, ptrdiff_t stride, ptrdiff_t rows, const float *w, float *y, ptrdiff_t n);
void lethe_add_float64(const float *x, double *sums, ptrdiff_t n);   // sums += x
float lethe_max(const float *x, ptrdiff_t n);   // NaN if any element is NaN
int lethe_all_finite(const float *x, ptrdiff_t n);
// sums over rows: y[j] += sum_i x[i*ld + j], float64 inside
void lethe_column_sum(const float *x, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t ld, float *y);
// permutation of the two middle axes: x [a, b, c, d] -> y [a, c, b, d]
void lethe_transpose(const float *x, float *y, ptrdiff_t rows, ptrdiff_t columns);

// --- normalization.c: rows of `d` ----------------------------------------------------------------------------
// Layer norm: y = (x - mean) * r * w + b, r = 1/sqrt(var + eps); RMS norm: y = x * r * w, r = 1/sqrt(mean(x^2)+eps).
// `centered` chooses. `stats` keeps mean and r of each row (2 floats a row).
void lethe_norm(int centered, const float *x, const float *w, const float *b, float eps, float *y, float *stats,
                ptrdiff_t rows, ptrdiff_t d);
// tangent of y for tangents of x, w, b (each may be null)
void lethe_norm_tangent(int centered, const float *x, const float *w, const float *stats, const float *tx,
                        const float *tw, const float *tb, float *ty, ptrdiff_t rows, ptrdiff_t d);
// dx (written), dw and db (accumulated, may be null) for one block of rows
void lethe_norm_reverse(int centered, const float *x, const float *w, const float *stats, const float *dy, float *dx,
                        float *dw, float *db, ptrdiff_t rows, ptrdiff_t d);
// tangents of dx, dw, db: (tx, tw, tdy may be null)
void lethe_norm_reverse_tangent(int centered, const float *x, const float *w, const float *stats, const float *tx,
                                const float *tw, const float *dy, const float *tdy, float *tdx, float *tdw,
                                float *tdb, ptrdiff_t rows, ptrdiff_t d);

// --- softmax.c -----------------------------------------------------------------------------------------------
// row-wise log-sum-exp of x [rows, n]
void lethe_log_sum_exp(const float *x, float *lse, ptrdiff_t rows, ptrdiff_t n);
// y = x - log sum exp x by rows, exact also where the logarithm is large
void lethe_log_softmax(const float *x, float *y, ptrdiff_t rows, ptrdiff_t n);
// p = exp(x - lse)
void lethe_softmax_rows(const float *x, const float *lse, float *p, ptrdiff_t rows, ptrdiff_t n);
// Causal softmax in place over the scores of `rows` queries, of which the first is at position `first`; each row has
// `columns` scores, the next row starts `stride` later. They are scaled by `scale`; a row keeps the columns up to its
// own position and below `limit` (the sequence's length; the columns after it are padding), the others become 0.
void lethe_causal_softmax(float *s, float scale, ptrdiff_t first, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t stride,
                          ptrdiff_t limit);
// The same within a window: a row keeps the last `window` columns up to its own position; 0 where it keeps none.
void lethe_window_softmax(float *s, float scale, ptrdiff_t first, ptrdiff_t rows, ptrdiff_t window, ptrdiff_t columns,
                          ptrdiff_t stride, ptrdiff_t limit);
// Scores kept within +-cap: u = tanh(scale s / cap), s = cap u.
void lethe_soft_cap(float *s, float *u, float scale, float cap, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t stride);
// In place, the cotangent of what goes into the cap out of that of what comes out of it: ds = scale (1 - u^2) ds. The
// same turns ts, the tangent of raw scores, into that of capped ones.
void lethe_soft_cap_reverse(const float *u, float *ds, float scale, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t stride);
// Its tangent, in place in tds: scale ((1 - u^2) tds - 2 u/cap ts ds), with ts and ds of the capped scores.
void lethe_soft_cap_reverse_tangent(const float *u, const float *ts, const float *ds, float *tds, float scale,
                                    float cap, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t stride);
// ds = scale * p * (dp - sum(dp * p)) on the causal triangle, in place in dp. The Jacobian of softmax is symmetric, so
// the same turns ts, the tangent of unscaled scores, into tp.
void lethe_causal_softmax_reverse(const float *p, float *dp, float scale, ptrdiff_t first, ptrdiff_t rows, ptrdiff_t columns,
                                  ptrdiff_t stride);
// tangent of ds: in tdp (in: tangent of dp; out: tangent of ds); dp is the untouched incoming cotangent
void lethe_causal_softmax_reverse_tangent(const float *p, const float *tp, const float *dp, float *tdp, float scale,
                                          ptrdiff_t first, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t stride);
// cross-entropy: dx[i,:] = c[i] * (softmax(x[i,:]) - onehot(label[i])); rows with label < 0 are zero
void lethe_cross_entropy_reverse(const float *x, const float *lse, const int32_t *labels, const float *c, float *dx,
                                 ptrdiff_t rows, ptrdiff_t n);
// tangent of the same: c * (p * (tx - <p, tx>)) + tc * (p - onehot); c or tc may be null
void lethe_cross_entropy_reverse_tangent(const float *x, const float *lse, const int32_t *labels, const float *tx,
                                         const float *c, const float *tc, float *tdx, ptrdiff_t rows, ptrdiff_t n);

// --- head.c: cross-entropy over a vocabulary a block of columns at a time; softmax is exp((x - m) - l) ------------
// x + bias, then cap * tanh(x / cap) where cap > 0, in place; bias may be null
void lethe_head_logits(float *x, const float *bias, float cap, ptrdiff_t rows, ptrdiff_t n);
// m: each row's largest; l: log of the sum of exp(x - m)
void lethe_head_sums(const float *x, float *m, float *l, ptrdiff_t rows, ptrdiff_t n);
void lethe_head_softmax(const float *x, const float *m, const float *l, float *p, ptrdiff_t rows, ptrdiff_t n);
// sum += sum of q (log q - log p), q being the softmax of qx, qm, ql
void lethe_head_divergence(const float *x, const float *m, const float *l, const float *qx, const float *qm,
                           const float *ql, double *sum, ptrdiff_t rows, ptrdiff_t n);
// dz = c (p - target) (1 - (x / cap)^2); the target is q where there is one, else one at the row's label if that is
// among the n columns that begin with `first`; rows with c = 0 are zero; labels and q may be null
void lethe_head_reverse(const float *x, const float *m, const float *l, const int32_t *labels, int32_t first,
                        const float *q, const float *c, float cap, float *dz, ptrdiff_t rows, ptrdiff_t n);
// sum += <p, tx>, toward += <q, tx>, with tx = (1 - (x / cap)^2) tz; q may be null
void lethe_head_tangent_sums(const float *x, const float *m, const float *l, const float *q, const float *tz, float cap,
                             float *sum, float *toward, ptrdiff_t rows, ptrdiff_t n);
// the tangent of lethe_head_reverse along tz (null: 0), mean being <p, tx> over all columns; without `curved` what the
// cap adds to curvature is left out; tc may be null
void lethe_head_reverse_tangent(const float *x, const float *m, const float *l, const int32_t *labels, int32_t first,
                                const float *q, const float *tz, const float *mean, const float *c, const float *tc,
                                float cap, int curved, float *tdz, ptrdiff_t rows, ptrdiff_t n);

// --- rotary.c: pairs (j, j + d/2) of each head turned by the position's angle; sign -1 turns back ---------------
void lethe_rotary(const float *x, const float *cosine, const float *sine, float sign, float *y, ptrdiff_t rows,
                  ptrdiff_t time, ptrdiff_t start, ptrdiff_t heads, ptrdiff_t d, ptrdiff_t ld_x, ptrdiff_t ld_y);

// The same for rows of which some heads are turned, those whose number modulo `period` is below `turned`, and of these
// the first 2 `half` numbers, in pairs (j, j + half); the others are copied. Rows of x and y are
// heads * d long.
void lethe_rotary_part(const float *x, const float *cosine, const float *sine, float sign, float *y, ptrdiff_t time,
                       ptrdiff_t start, ptrdiff_t heads, ptrdiff_t period, ptrdiff_t turned, ptrdiff_t d,
                       ptrdiff_t half);

// --- few_rows.c: y [m, n] = x [m, k] w [k, n], or x w^T for w [n, k], plus y where it `adds`; for m of a few
// -------------
void lethe_few_rows(const float *x, ptrdiff_t ldx, ptrdiff_t m, const float *w, ptrdiff_t ldw, ptrdiff_t k, int adds,
                    float *y, ptrdiff_t ldy, ptrdiff_t n);
void lethe_few_rows_transposed(const float *x, ptrdiff_t ldx, ptrdiff_t m, const float *w, ptrdiff_t ldw, ptrdiff_t k,
                               int adds, float *y, ptrdiff_t ldy, ptrdiff_t n);

// --- storage.c: bfloat16, float16, and 8 bits with a half for each run of 32 of a row; see there ----------------
void lethe_widen_bf16(const uint16_t *x, float *y, ptrdiff_t n);
void lethe_widen_f16(const uint16_t *x, float *y, ptrdiff_t n);
void lethe_widen_q8(const int8_t *x, const uint16_t *scales, float *y, ptrdiff_t n);
ptrdiff_t lethe_narrow_bf16(const float *x, uint16_t *y, ptrdiff_t n);
void lethe_narrow_bf16_at_random(const float *x, uint16_t *y, ptrdiff_t first, ptrdiff_t n, uint32_t draw);
ptrdiff_t lethe_narrow_f16(const float *x, uint16_t *y, ptrdiff_t n);
ptrdiff_t lethe_narrow_q8(const float *x, int8_t *y, float *scales, ptrdiff_t n);

// --- optimizers.c: see there -----------------------------------------------------------------------------------
#include "optimizers.h"
// Processors that the calling thread may run on.
ptrdiff_t lethe_allowed_processors(void);
#endif
