// Elementwise functions, with their first and second derivatives for reverse and forward-over-reverse rules.
#include "vector.h"
#include "include/kernels.h"

// Runs `body` (which sets v16 `r` from the v16s that `loads` declares) over n elements; the last ones in a padded copy.
#define MAP(n, out, LOADS, body)                                   \
    do {                                                           \
        ptrdiff_t i = 0;                                           \
        for (; i + LANES <= (n); i += LANES) {                     \
            v16 r;                                                 \
            LOADS(load, i)                                         \
            body;                                                  \
            store((out) + i, r);                                   \
        }                                                          \
        if (i < (n)) {                                             \
            ptrdiff_t left = (n) - i;                              \
            v16 r;                                                 \
            LOADS(PART, i)                                         \
            body;                                                  \
            store_part((out) + i, r, left);                        \
        }                                                          \
    } while (0)
#define PART(p) load_part(p, left, 1.0f)

#define GELU_A 0.7978845608028654f
#define GELU_B 0.044715f
#define INVERSE_SQRT_2PI 0.3989422804014327f
#define INVERSE_SQRT_2 0.7071067811865476f

// erf by its Taylor series, for |x| < 0.7: it keeps relative accuracy at 0
INLINE v16 erf_series(v16 x) {
    v16 z = x * x;
    v16 q = z * -1.4925650e-5f + 1.2055333e-4f;
    q = q * z - 8.5483270e-4f;
    q = q * z + 5.2239776e-3f;
    q = q * z - 2.6866171e-2f;
    q = q * z + 1.1283792e-1f;
    q = q * z - 3.7612639e-1f;
    return x * (q * z + 1.1283791671f);
}
// erfc for a >= 0.7: a Chebyshev fit with relative error below 1.2e-7 (Press et al., Numerical Recipes, 6.2)
INLINE v16 erfc_tail(v16 a) {
    v16 t = 1.0f / (1.0f + 0.5f * a);
    v16 p = t * 0.17087277f - 0.82215223f;
    p = p * t + 1.48851587f;
    p = p * t - 1.13520398f;
    p = p * t + 0.27886807f;
    p = p * t - 0.18628806f;
    p = p * t + 0.09678418f;
    p = p * t + 0.37409196f;
    p = p * t + 1.00002368f;
    return t * vexp(p * t - 1.26551223f - a * a);
}
INLINE v16 verf(v16 x) {
    v16 a = vabs(x);
    v16 big = 1.0f - erfc_tail(a);
    big = choose(x < 0.0f, -big, big);
    return choose(a < 0.7f, erf_series(x), big);
}
// 1 + erf(x), without the cancellation at negative x
INLINE v16 one_plus_erf(v16 x) {
    v16 a = vabs(x);
    v16 tail = erfc_tail(a);
    return choose(a < 0.7f, 1.0f + erf_series(x), choose(x < 0.0f, tail, 2.0f - tail));
}
// Beyond 100 every bell and every sigmoid here is flat in float32; without the limit, powers of x become infinite.
INLINE v16 limited(v16 x) { return choose(x > 100.0f, all(100.0f), choose(x < -100.0f, all(-100.0f), x)); }

#define X_IN(L, i) v16 x = L(x_ + (i));
CLONES void lethe_unary(int op, const float *x_, float *y, ptrdiff_t n) {
    switch (op) {
    case LETHE_EXP: MAP(n, y, X_IN, r = vexp(x)); break;
    case LETHE_LOG: MAP(n, y, X_IN, r = vlog(x)); break;
    case LETHE_TANH: MAP(n, y, X_IN, r = vtanh(x)); break;
    case LETHE_SIGMOID: MAP(n, y, X_IN, r = vsigmoid(x)); break;
    case LETHE_SOFTPLUS: MAP(n, y, X_IN, r = vsoftplus(x)); break;
    // 0.5 (1 + tanh u) = sigmoid(2u)
    case LETHE_GELU: MAP(n, y, X_IN, r = x * vsigmoid(2.0f * GELU_A * (x + GELU_B * x * x * x))); break;
    case LETHE_GELU_ERF: MAP(n, y, X_IN, r = 0.5f * x * one_plus_erf(x * INVERSE_SQRT_2)); break;
    case LETHE_ERF: MAP(n, y, X_IN, r = verf(x)); break;
    case LETHE_SILU: MAP(n, y, X_IN, r = x * vsigmoid(x)); break;
    // written so that NaN stays NaN
    case LETHE_RELU: MAP(n, y, X_IN, r = choose(x < 0.0f, all(0.0f), x)); break;
    case LETHE_SQRT: MAP(n, y, X_IN, r = vsqrt(x)); break;
    case LETHE_ABS: MAP(n, y, X_IN, r = vabs(x)); break;
    case LETHE_SIGN:
        MAP(n, y, X_IN, r = choose(x > 0.0f, all(1.0f), choose(x < 0.0f, all(-1.0f), x * 0.0f)));
        break;
    case LETHE_NEGATE: MAP(n, y, X_IN, r = -x); break;
    case LETHE_SQUARE: MAP(n, y, X_IN, r = x * x); break;
    case LETHE_RECIPROCAL: MAP(n, y, X_IN, r = 1.0f / x); break;
    case LETHE_SIN: for (ptrdiff_t i = 0; i < n; i++) y[i] = sinf(x_[i]); break;
    case LETHE_COS: for (ptrdiff_t i = 0; i < n; i++) y[i] = cosf(x_[i]); break;
    case LETHE_FLOOR: MAP(n, y, X_IN, r = __builtin_elementwise_floor(x)); break;
    case LETHE_ROUND: MAP(n, y, X_IN, r = vround(x)); break;
    }
}

// first and second derivatives of the smooth functions
INLINE void gelu_derivatives(v16 x, v16 *d1, v16 *d2) {
    x = limited(x);
    v16 u1 = 2.0f * GELU_A * (1.0f + 3.0f * GELU_B * x * x);   // u = 2a(x + b x^3)
    v16 u2 = 12.0f * GELU_A * GELU_B * x;
    v16 s = vsigmoid(2.0f * GELU_A * (x + GELU_B * x * x * x));
    v16 s1 = s * (1.0f - s);
    *d1 = s + x * s1 * u1;
    *d2 = 2.0f * s1 * u1 + x * (s1 * (1.0f - 2.0f * s) * u1 * u1 + s1 * u2);
}
INLINE void silu_derivatives(v16 x, v16 *d1, v16 *d2) {
    v16 s = vsigmoid(x);
    v16 s1 = s * (1.0f - s);
    *d1 = s + x * s1;
    *d2 = 2.0f * s1 + x * s1 * (1.0f - 2.0f * s);
}
INLINE void gelu_erf_derivatives(v16 x, v16 *d1, v16 *d2) {
    x = limited(x);
    v16 phi = INVERSE_SQRT_2PI * vexp(-0.5f * x * x);
    *d1 = 0.5f * one_plus_erf(x * INVERSE_SQRT_2) + x * phi;
    *d2 = phi * (2.0f - x * x);
}
// (first, second) derivative of `op` at x, as a statement over v16 x, d1, d2
#define DERIVATIVES(op, FORM)                                                                                       \
    switch (op) {                                                                                                   \
    case LETHE_EXP: FORM(d1 = d2 = vexp(x)) break;                                                                  \
    case LETHE_LOG: FORM(d1 = 1.0f / x; d2 = -d1 * d1) break;                                                       \
    case LETHE_TANH: FORM(v16 t = vtanh(x); d1 = 1.0f - t * t; d2 = -2.0f * t * d1) break;                          \
    case LETHE_SIGMOID: FORM(v16 s = vsigmoid(x); d1 = s * (1.0f - s); d2 = d1 * (1.0f - 2.0f * s)) break;          \
    case LETHE_SOFTPLUS: FORM(d1 = vsigmoid(x); d2 = d1 * (1.0f - d1)) break;                                       \
    case LETHE_GELU: FORM(gelu_derivatives(x, &d1, &d2)) break;                                                     \
    case LETHE_GELU_ERF: FORM(gelu_erf_derivatives(x, &d1, &d2)) break;                                             \
    case LETHE_ERF: FORM(d1 = 1.1283791671f * vexp(-x * x); d2 = -2.0f * limited(x) * d1) break;                    \
    case LETHE_SILU: FORM(silu_derivatives(x, &d1, &d2)) break;                                                     \
    case LETHE_RELU: FORM(d1 = choose(x <= 0.0f, all(0.0f), all(1.0f)); d2 = all(0.0f)) break;                       \
    case LETHE_SQRT: FORM(d1 = 0.5f / vsqrt(x); d2 = -0.5f * d1 / x) break;                                         \
    case LETHE_ABS:                                                                                                 \
        FORM(d1 = choose(x > 0.0f, all(1.0f), choose(x < 0.0f, all(-1.0f), all(0.0f))); d2 = all(0.0f)) break;      \
    case LETHE_NEGATE: FORM(d1 = all(-1.0f); d2 = all(0.0f)) break;                                                 \
    case LETHE_SQUARE: FORM(d1 = x + x; d2 = all(2.0f)) break;                                                      \
    case LETHE_RECIPROCAL: FORM(v16 q = 1.0f / x; d1 = -q * q; d2 = -2.0f * d1 * q) break;                          \
    case LETHE_SIN: FORM(for (int k = 0; k < LANES; k++) { d1[k] = cosf(x[k]); d2[k] = -sinf(x[k]); }) break;       \
    case LETHE_COS: FORM(for (int k = 0; k < LANES; k++) { d1[k] = -sinf(x[k]); d2[k] = -cosf(x[k]); }) break;      \
    default: FORM(d1 = d2 = all(0.0f)) break; /* sign, floor, round: flat almost everywhere */                      \
    }

#define REVERSE_IN(L, i) v16 x = L(x_ + (i)), dy = L(dy_ + (i));
#define REVERSE_FORM(...) MAP(n, dx, REVERSE_IN, v16 d1; v16 d2; __VA_ARGS__; (void)d2; r = dy * d1);
CLONES void lethe_unary_reverse(int op, const float *x_, const float *dy_, float *dx, ptrdiff_t n) {
    DERIVATIVES(op, REVERSE_FORM)
}

#define BOTH_IN(L, i) v16 x = L(x_ + (i)), tx = L(tx_ + (i)), dy = L(dy_ + (i)), ddy = L(ddy_ + (i));
#define BOTH_FORM(...) MAP(n, ddx, BOTH_IN, v16 d1; v16 d2; __VA_ARGS__; r = ddy * d1 + dy * d2 * tx);
#define SECOND_IN(L, i) v16 x = L(x_ + (i)), tx = L(tx_ + (i)), dy = L(dy_ + (i));
#define SECOND_FORM(...) MAP(n, ddx, SECOND_IN, v16 d1; v16 d2; __VA_ARGS__; (void)d1; r = dy * d2 * tx);
CLONES void lethe_unary_reverse_tangent(int op, const float *x_, const float *tx_, const float *dy_,
                                        const float *ddy_, float *ddx, ptrdiff_t n) {
    if (ddy_) {
        DERIVATIVES(op, BOTH_FORM)
    } else {
        DERIVATIVES(op, SECOND_FORM)
    }
}

// Exact, with the sign of y, as in Python; x - y floor(x / y) is far off for large quotients.
INLINE float remainder_of(float x, float y) {
    float r = fmodf(x, y);
    return r != 0.0f && (r < 0.0f) != (y < 0.0f) ? r + y : r;
}

#define XY_IN(L, i) v16 x = L(x_ + (i)), y = L(y_ + (i));
#define TRUTH(mask) choose(mask, all(1.0f), all(0.0f))
CLONES void lethe_binary(int op, const float *x_, const float *y_, float *z, ptrdiff_t n) {
    switch (op) {
    case LETHE_ADD: MAP(n, z, XY_IN, r = x + y); break;
    case LETHE_SUBTRACT: MAP(n, z, XY_IN, r = x - y); break;
    case LETHE_MULTIPLY: MAP(n, z, XY_IN, r = x * y); break;
    case LETHE_DIVIDE: MAP(n, z, XY_IN, r = x / y); break;
    case LETHE_POWER: for (ptrdiff_t i = 0; i < n; i++) z[i] = powf(x_[i], y_[i]); break;
    case LETHE_MAXIMUM: MAP(n, z, XY_IN, r = choose(y != y, y, choose(x < y, y, x))); break;
    case LETHE_MINIMUM: MAP(n, z, XY_IN, r = choose(y != y, y, choose(x > y, y, x))); break;
    case LETHE_LESS: MAP(n, z, XY_IN, r = TRUTH(x < y)); break;
    case LETHE_LESS_EQUAL: MAP(n, z, XY_IN, r = TRUTH(x <= y)); break;
    case LETHE_EQUAL: MAP(n, z, XY_IN, r = TRUTH(x == y)); break;
    case LETHE_REMAINDER: for (ptrdiff_t i = 0; i < n; i++) z[i] = remainder_of(x_[i], y_[i]); break;
    }
}

#define BY_SCALAR(expression) MAP(n, z, X_IN, r = expression)
CLONES void lethe_binary_scalar(int op, const float *x_, float scalar, int swapped, float *z, ptrdiff_t n) {
    v16 s = all(scalar);
    switch (op) {
    case LETHE_ADD: BY_SCALAR(x + s); break;
    case LETHE_SUBTRACT: if (swapped) BY_SCALAR(s - x); else BY_SCALAR(x - s); break;
    case LETHE_MULTIPLY: BY_SCALAR(x * s); break;
    case LETHE_DIVIDE: if (swapped) BY_SCALAR(s / x); else BY_SCALAR(x / s); break;
    case LETHE_POWER:
        if (swapped) for (ptrdiff_t i = 0; i < n; i++) z[i] = powf(scalar, x_[i]);
        else if (scalar == 2.0f) BY_SCALAR(x * x);
        else if (scalar == 3.0f) BY_SCALAR(x * x * x);
        else if (scalar == 1.0f) BY_SCALAR(x);
        else if (scalar == 0.5f) BY_SCALAR(vsqrt(x));
        else if (scalar == -1.0f) BY_SCALAR(1.0f / x);
        else for (ptrdiff_t i = 0; i < n; i++) z[i] = powf(x_[i], scalar);
        break;
    case LETHE_MAXIMUM: BY_SCALAR(choose(s != s, s, choose(x < s, s, x))); break;
    case LETHE_MINIMUM: BY_SCALAR(choose(s != s, s, choose(x > s, s, x))); break;
    case LETHE_LESS: if (swapped) BY_SCALAR(TRUTH(s < x)); else BY_SCALAR(TRUTH(x < s)); break;
    case LETHE_LESS_EQUAL: if (swapped) BY_SCALAR(TRUTH(s <= x)); else BY_SCALAR(TRUTH(x <= s)); break;
    case LETHE_EQUAL: BY_SCALAR(TRUTH(x == s)); break;
    case LETHE_REMAINDER:
        if (swapped) for (ptrdiff_t i = 0; i < n; i++) z[i] = remainder_of(scalar, x_[i]);
        else for (ptrdiff_t i = 0; i < n; i++) z[i] = remainder_of(x_[i], scalar);
        break;
    }
}

CLONES void lethe_clip(const float *x_, float low, float high, float *y, ptrdiff_t n) {
    MAP(n, y, X_IN, r = choose(x < low, all(low), choose(x > high, all(high), x)));
}
CLONES void lethe_fill(float *x, float value, ptrdiff_t n) {
    for (ptrdiff_t i = 0; i < n; i++) x[i] = value;
}
CLONES void lethe_axpy(float a, const float *x_, float *y_, ptrdiff_t n) { MAP(n, y_, XY_IN, r = a * x + y); }
CLONES void lethe_axpby(float a, const float *x_, float b, const float *y_, float *z, ptrdiff_t n) {
    MAP(n, z, XY_IN, r = a * x + b * y);
}
#define XYZ_IN(L, i) v16 x = L(x_ + (i)), y = L(y_ + (i)), z = L(z_ + (i));
CLONES void lethe_multiply_add(const float *x_, const float *y_, float *z_, ptrdiff_t n) {
    MAP(n, z_, XYZ_IN, r = x * y + z);
}
