// Fused optimizer updates, elementwise: p parameters, g gradient, d weight decay, a = learning rate.
// NaN passes through every one of them: nothing here hides a gradient that is not a number.
#include "vector.h"
#include "include/optimizers.h"
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

typedef float v16_aligned __attribute__((vector_size(64), aligned(64)));

// `body` over blocks of lanes, then once over a padded rest; IN and OUT read and write an array in either.
#define EACH(...)                                     \
    do {                                              \
        ptrdiff_t i = start, end = start + n;         \
        for (; i + LANES <= end; i += LANES) {        \
            const ptrdiff_t left = LANES;             \
            __VA_ARGS__                               \
        }                                             \
        if (i < end) {                                \
            const ptrdiff_t left = end - i;           \
            __VA_ARGS__                               \
        }                                             \
    } while (0)
// Up to seven arrays at once are more than the processor fetches ahead by itself; 2 KB early was best on a Xeon.
#define AHEAD 512
#define IN(a) (__builtin_prefetch((a) + i + AHEAD, 0), left == LANES ? load((a) + i) : load_part((a) + i, left, 0.0f))
// Whether all that is written is finite is seen while it is in registers, instead of by reading it once more: 0 x is 0
// for finite x, else NaN.
#define OUT(a, x)                                     \
    do {                                              \
        const v16 written = (x);                      \
        watched = written * 0.0f + watched;           \
        if (!u->streams) __builtin_prefetch((a) + i + AHEAD, 1); \
        if (left == LANES) put((a) + i, written, u->streams); \
        else store_part((a) + i, written, left);      \
    } while (0)

INLINE void put(float *p, v16 x, int streams) {
    if (streams && ((uintptr_t)p & 63) == 0) __builtin_nontemporal_store(x, (v16_aligned *)p);
    else store(p, x);
}

// (1 - decayed) m + weight x. Written by what is dropped, since a share of the past near 1 is coarse in float32: 0.999
// is off by 1e-8, which is 1e-5 of the 0.001 that decides where an average settles.
INLINE v16 average(v16 m, float decayed, float weight, v16 x) { return (m - decayed * m) + weight * x; }
// the same of x squared, multiplied from the left: x alone may be too large to be squared
INLINE v16 average_square(v16 m, float decayed, float weight, v16 x) { return (m - decayed * m) + (weight * x) * x; }

// a / d, and 0 for 0 / 0: with epsilon 0, what never had a gradient stays where it is
INLINE v16 quotient(v16 a, v16 d) { return a / choose((a == 0.0f) & (d == 0.0f), all(1.0f), d); }

// Averages of gradients that stay zero decay into denormal numbers, on which arithmetic is many times slower; here they
// become zero. The setting belongs to the thread, so it is put back.
INLINE unsigned flush_denormals(void) {
#if defined(__x86_64__)
    unsigned old = _mm_getcsr();
    _mm_setcsr(old | 0x8040);
    return old;
#else
    return 0;
#endif
}
INLINE void restore_denormals(unsigned old) {
#if defined(__x86_64__)
    _mm_setcsr(old);
#else
    (void)old;
#endif
}
// Streamed results are ordered before what other threads are told next.
INLINE void end_streams(void) {
#if defined(__x86_64__)
    _mm_sfence();
#else
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}
#define QUICK(call)                                   \
    unsigned old = flush_denormals();                 \
    struct lethe_outcome outcome = call;              \
    if (u->streams) end_streams();                    \
    restore_denormals(old);                           \
    return outcome;

INLINE struct lethe_outcome outcome(v16 watched, ptrdiff_t clipped) {
    struct lethe_outcome result = {clipped, 1};
    for (int k = 0; k < LANES; k++) result.finite &= watched[k] == 0.0f;
    return result;
}

// g' = g + d p; m = (1 - decayed) m + weight g'; p -= a m, or a (g' + (1 - decayed) m) with Nesterov's look-ahead, or a
// g' without momentum
CLONES static struct lethe_outcome sgd(const struct lethe_update *u, ptrdiff_t start, ptrdiff_t n,
                                       struct lethe_sgd_coefficients c) {
    v16 watched = {0};
    EACH(
        v16 p = IN(u->parameters);
        v16 g = IN(u->gradient) + c.decay * p;
        v16 step = g;
        if (u->new_first) {
            v16 m = average(IN(u->first), c.decayed, c.weight, g);
            OUT(u->new_first, m);
            step = c.nesterov ? average(m, c.decayed, 1.0f, g) : m;
        }
        OUT(u->new_parameters, p - c.rate * step);
    );
    return outcome(watched, 0);
}
struct lethe_outcome lethe_sgd(const struct lethe_update *u, ptrdiff_t start, ptrdiff_t n,
                               struct lethe_sgd_coefficients c) {
    QUICK(sgd(u, start, n, c))
}

// m averages g, v averages g^2;  p -= rate m / (sqrt(v) correction + epsilon)
// decoupled: p -= d p besides (AdamW); else g + d p takes the place of g
CLONES static struct lethe_outcome adam(const struct lethe_update *u, ptrdiff_t start, ptrdiff_t n,
                                        struct lethe_adam_coefficients c) {
    v16 watched = {0};
    EACH(
        v16 p = IN(u->parameters);
        v16 g = IN(u->gradient);
        v16 shrink = c.decay * p;
        if (!c.decoupled) g += shrink;
        v16 m = average(IN(u->first), c.weight1, c.weight1, g);
        v16 v = average_square(IN(u->second), c.weight2, c.weight2, g);
        OUT(u->new_first, m);
        OUT(u->new_second, v);
        if (c.decoupled) p -= shrink;
        OUT(u->new_parameters, p - c.rate * quotient(m, vsqrt(v) * c.correction + c.epsilon));
    );
    return outcome(watched, 0);
}
struct lethe_outcome lethe_adam(const struct lethe_update *u, ptrdiff_t start, ptrdiff_t n,
                                struct lethe_adam_coefficients c) {
    QUICK(adam(u, start, n, c))
}

// p -= d p + a sign((1 - weight1) m + weight1 g);  then m averages g with weight2
CLONES static struct lethe_outcome lion(const struct lethe_update *u, ptrdiff_t start, ptrdiff_t n,
                                        struct lethe_lion_coefficients c) {
    v16 watched = {0};
    EACH(
        v16 p = IN(u->parameters);
        v16 g = IN(u->gradient);
        v16 m = IN(u->first);
        v16 s = average(m, c.weight1, c.weight1, g);
        s = choose(s > 0.0f, all(1.0f), choose(s < 0.0f, all(-1.0f), s));
        OUT(u->new_first, average(m, c.weight2, c.weight2, g));
        OUT(u->new_parameters, p - c.decay * p - c.rate * s);
    );
    return outcome(watched, 0);
}
struct lethe_outcome lethe_lion(const struct lethe_update *u, ptrdiff_t start, ptrdiff_t n,
                                struct lethe_lion_coefficients c) {
    QUICK(lion(u, start, n, c))
}

// g' = g + d p;  v = (1 - decayed) v + weight g'^2;  p -= a g' / (sqrt(v) + epsilon)
CLONES static struct lethe_outcome scaled(const struct lethe_update *u, ptrdiff_t start, ptrdiff_t n,
                                          struct lethe_scaled_coefficients c) {
    v16 watched = {0};
    EACH(
        v16 p = IN(u->parameters);
        v16 g = IN(u->gradient) + c.decay * p;
        v16 v = average_square(IN(u->first), c.decayed, c.weight, g);
        OUT(u->new_first, v);
        OUT(u->new_parameters, p - c.rate * quotient(g, vsqrt(v) + c.epsilon));
    );
    return outcome(watched, 0);
}
struct lethe_outcome lethe_scaled(const struct lethe_update *u, ptrdiff_t start, ptrdiff_t n,
                                  struct lethe_scaled_coefficients c) {
    QUICK(scaled(u, start, n, c))
}

// m averages g, h the curvature estimate (or its square);
// p -= d p + a sign(m) min(|m| / (max(scale h, 0) + epsilon), 1)
CLONES static struct lethe_outcome sophia(const struct lethe_update *u, ptrdiff_t start, ptrdiff_t n,
                                          struct lethe_sophia_coefficients c) {
    i16 clipped = {0};
    v16 watched = {0};
    EACH(
        v16 p = IN(u->parameters);
        v16 m = average(IN(u->first), c.weight1, c.weight1, IN(u->gradient));
        v16 h = IN(u->second);
        OUT(u->new_first, m);
        if (u->curvature) {
            v16 e = IN(u->curvature);
            h = c.square ? average_square(h, c.weight2, c.weight2, e) : average(h, c.weight2, c.weight2, e);
            OUT(u->new_second, h);
        }
        v16 scale = c.scale * h;
        v16 ratio = quotient(vabs(m), choose(scale < 0.0f, all(0.0f), scale) + c.epsilon);
        i16 over = ratio > 1.0f;
        clipped -= over;
        ratio = choose(over, all(1.0f), ratio);
        v16 step = (v16)((i16)ratio | ((i16)m & INT32_MIN));
        OUT(u->new_parameters, p - c.decay * p - c.rate * step);
    );
    ptrdiff_t total = 0;
    for (int k = 0; k < LANES; k++) total += clipped[k];
    return outcome(watched, total);
}
struct lethe_outcome lethe_sophia(const struct lethe_update *u, ptrdiff_t start, ptrdiff_t n,
                                  struct lethe_sophia_coefficients c) {
    QUICK(sophia(u, start, n, c))
}
