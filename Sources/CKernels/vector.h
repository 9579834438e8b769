// Sixteen floats at a time, in clang's vector extension: one zmm, two ymm or four xmm registers, whichever CPU the
// clone is for. The functions are polynomials from Cephes (Moshier), accurate to about 1-2 units in the last place.
#ifndef LETHE_VECTOR_H
#define LETHE_VECTOR_H
#include <stdint.h>
#include <stddef.h>
#include <string.h>
#include <math.h>

#if defined(CLONES)  // a sanitizer does without: the choice is made before it is ready
#elif defined(__x86_64__) && defined(__linux__)
#define CLONES __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define CLONES
#endif
#define INLINE static inline __attribute__((always_inline))
// a * b + c becomes one instruction where the CPU has it
#pragma clang fp contract(fast)
#pragma clang diagnostic ignored "-Wpsabi"

#define LANES 16
typedef float v16 __attribute__((vector_size(64), aligned(4)));
typedef int32_t i16 __attribute__((vector_size(64), aligned(4)));
typedef double d8 __attribute__((vector_size(64), aligned(8)));
typedef float v8 __attribute__((vector_size(32), aligned(4)));

INLINE v16 load(const float *p) { return *(const v16 *)p; }
INLINE void store(float *p, v16 x) { *(v16 *)p = x; }
INLINE v16 load_part(const float *p, ptrdiff_t n, float rest) {
    v16 x = rest - (v16){0};
    memcpy(&x, p, (size_t)n * sizeof(float));
    return x;
}
INLINE void store_part(float *p, v16 x, ptrdiff_t n) { memcpy(p, &x, (size_t)n * sizeof(float)); }
INLINE v16 all(float a) { return a - (v16){0}; }
INLINE v16 choose(i16 mask, v16 a, v16 b) { return (v16)((mask & (i16)a) | (~mask & (i16)b)); }
// The first n elements of a row in which `room` may be read, the others `rest`: without a call of memcpy for each odd
// row, as long as there is room.
INLINE v16 load_prefix(const float *p, ptrdiff_t n, ptrdiff_t room, float rest) {
    if (room < LANES) return load_part(p, n < room ? n : room, rest);
    const i16 lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    return n < LANES ? choose(lane < (int32_t)n, load(p), all(rest)) : load(p);
}
INLINE void store_prefix(float *p, v16 x, ptrdiff_t room) {
    if (room < LANES) store_part(p, x, room);
    else store(p, x);
}
INLINE v16 vmax(v16 a, v16 b) { return choose(a > b, a, b); }
INLINE v16 vmin(v16 a, v16 b) { return choose(a < b, a, b); }
INLINE v16 vabs(v16 a) { return (v16)((i16)a & 0x7fffffff); }
INLINE v16 vsqrt(v16 a) { return __builtin_elementwise_sqrt(a); }
INLINE v16 vround(v16 a) { return __builtin_elementwise_roundeven(a); }

INLINE float sum16(v16 x) {
    float a[LANES];
    memcpy(a, &x, sizeof a);
    for (int k = 8; k; k /= 2)
        for (int i = 0; i < k; i++) a[i] += a[i + k];
    return a[0];
}
INLINE float max16(v16 x) {
    float m = x[0];
    for (int i = 1; i < LANES; i++) m = x[i] > m ? x[i] : m;
    return m;
}

// e^x; 0 below -87.3, infinity above 88.7, NaN stays NaN
INLINE v16 vexp(v16 x) {
    v16 clamped = choose(x > 88.7228f, all(88.7228f), choose(x < -87.3365f, all(-87.3365f), x));
    // round to nearest by the magic-number trick: exact for |x| < 2^22
    v16 t = clamped * 1.44269504088896341f + 12582912.0f;
    v16 n = t - 12582912.0f;
    v16 r = clamped - n * 0.693359375f;
    r = r - n * -2.12194440e-4f;
    v16 p = r * 1.9875691500e-4f + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * (r * r) + r + 1.0f;
    // two factors, since n may be 128
    i16 e = (i16)t - 0x4b400000;
    i16 half = e >> 1;
    v16 scaled = p * (v16)((half + 127) << 23) * (v16)((e - half + 127) << 23);
    scaled = choose(x > 88.7228f, all(INFINITY), scaled);
    scaled = choose(x < -87.3365f, all(0.0f), scaled);
    return choose(x == x, scaled, x);
}

// ln x; -infinity at 0, NaN below
INLINE v16 vlog(v16 x) {
    i16 denormal = x < 1.17549435e-38f;
    v16 y = choose(denormal, x * 8388608.0f, x);
    i16 bits = (i16)y;
    i16 e = (bits >> 23) - 126;
    v16 m = (v16)((bits & 0x007fffff) | 0x3f000000);
    i16 low = m < 0.707106781186547524f;
    v16 ef = __builtin_convertvector(e + (low & -1), v16) - choose(denormal, all(23.0f), all(0.0f));
    m = choose(low, m + m, m) - 1.0f;
    v16 z = m * m;
    v16 p = m * 7.0376836292e-2f - 1.1514610310e-1f;
    p = p * m + 1.1676998740e-1f;
    p = p * m - 1.2420140846e-1f;
    p = p * m + 1.4249322787e-1f;
    p = p * m - 1.6668057665e-1f;
    p = p * m + 2.0000714765e-1f;
    p = p * m - 2.4999993993e-1f;
    p = p * m + 3.3333331174e-1f;
    p = p * m * z;
    p = p + ef * -2.12194440e-4f;
    p = p - 0.5f * z;
    v16 r = m + p + ef * 0.693359375f;
    r = choose(x == 0.0f, all(-INFINITY), r);
    r = choose(x < 0.0f, all(NAN), r);
    r = choose(x == INFINITY, x, r);
    return choose(x == x, r, x);
}

INLINE v16 vsigmoid(v16 x) {
    // e^-|x| never overflows
    v16 e = vexp(-vabs(x));
    v16 s = 1.0f / (1.0f + e);
    return choose(x < 0.0f, e * s, s);
}

INLINE v16 vtanh(v16 x) {
    v16 a = vabs(x);
    v16 z = x * x;
    v16 p = z * -5.70498872745e-3f + 2.06390887954e-2f;
    p = p * z - 5.37397155531e-2f;
    p = p * z + 1.33314422036e-1f;
    p = p * z - 3.33332819422e-1f;
    v16 small = p * z * x + x;
    v16 big = 1.0f - 2.0f / (vexp(a + a) + 1.0f);
    big = choose(x < 0.0f, -big, big);
    return choose(x != x, x, choose(a < 0.625f, small, big));
}

// softplus: ln(1 + e^x), without loss for small e^x
INLINE v16 vsoftplus(v16 x) {
    v16 e = vexp(-vabs(x));
    // log1p by the correction ln(1+e) * e / ((1+e) - 1)
    v16 u = 1.0f + e;
    v16 d = u - 1.0f;
    v16 l = choose(d == 0.0f, e, vlog(u) * e / choose(d == 0.0f, all(1.0f), d));
    return vmax(x, all(0.0f)) + l;
}
#endif
