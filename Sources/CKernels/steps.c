// Chains of elementwise functions in one pass over memory. The frequent ones stand here, over parts of one length, so
// that a step costs a jump and not a call, and the processor is at the next steps while a division is not over yet.
#include "vector.h"
#include "include/kernels.h"

// Nothing here may become a multiply-add: the numbers are those of one function after the other.
#pragma clang fp contract(off)

typedef uint32_t u16 __attribute__((vector_size(64), aligned(4)));

// Division by a number d, rounded as the processor's own: with h = 1/d rounded and l what it lacks, x h + x l is within
// one unit of the quotient, and one correction by its remainder rounds it (Markstein 1990, theorem 8; Brisebarre,
// Muller, Raina 2004). It takes exponents far enough from the ends that the remainder is exact.
void lethe_plan_steps(struct lethe_step *steps, ptrdiff_t count) {
#if defined(__x86_64__)
    const int multiplies_and_adds = __builtin_cpu_supports("fma");
#else
    const int multiplies_and_adds = 1;
#endif
    for (struct lethe_step *s = steps; s < steps + count; s++) {
        const float size = fabsf(s->scalar);
        s->inverse = s->inverse_rest = 0.0f;
        if (!multiplies_and_adds || !(size >= 0x1p-20f && size <= 0x1p20f)) continue;
        s->inverse = (float)(1.0 / s->scalar);
        s->inverse_rest = (float)(1.0 / s->scalar - s->inverse);
    }
}
// 2^-95 <= |x| < 2^97, in bits
#define LEAST_BITS 0x10000000u
#define ROOM_IN_BITS 0x60000000u

INLINE void divide_part(const float *x_, const struct lethe_step *s, float *z) {
    v16 quotients[LETHE_STEP_PART / LANES];
    u16 farthest = {0};
    const v16 d = all(s->scalar), h = all(s->inverse), l = all(s->inverse_rest);
#pragma unroll
    for (int i = 0; i < LETHE_STEP_PART / LANES; i++) {
        const v16 x = load(x_ + i * LANES);
        const v16 near = __builtin_elementwise_fma(x, h, x * l);
        quotients[i] = __builtin_elementwise_fma(__builtin_elementwise_fma(-near, d, x), h, near);
        farthest = __builtin_elementwise_max(farthest, ((u16)x & 0x7fffffffu) - LEAST_BITS);
    }
    if (!__builtin_reduce_or(farthest >= ROOM_IN_BITS)) {
#pragma unroll
        for (int i = 0; i < LETHE_STEP_PART / LANES; i++) store(z + i * LANES, quotients[i]);
    } else {
#pragma unroll
        for (int i = 0; i < LETHE_STEP_PART / LANES; i++) store(z + i * LANES, load(x_ + i * LANES) / d);
    }
}

INLINE void any_step(const struct lethe_step *s, const float *x, const float *y, float *z, ptrdiff_t n) {
    switch (s->kind) {
    case LETHE_STEP_UNARY: lethe_unary(s->op, x, z, n); break;
    case LETHE_STEP_BINARY: lethe_binary(s->op, x, y, z, n); break;
    case LETHE_STEP_SCALAR: lethe_binary_scalar(s->op, x, s->scalar, s->swapped, z, n); break;
    case LETHE_STEP_CLIP: lethe_clip(x, s->scalar, s->high, z, n); break;
    }
}

// `body` sets v16 r from v16 x and y (of a binary function), each sixteen of a part.
#define PART_OF(LOADS, body)                                                \
    do {                                                                    \
        _Pragma("unroll") for (int i = 0; i < LETHE_STEP_PART; i += LANES) { \
            v16 r;                                                          \
            LOADS(i)                                                        \
            body;                                                           \
            store(z + i, r);                                                \
        }                                                                   \
    } while (0)
#define ONE(i) const v16 x = load(x_ + (i));
#define TWO(i) const v16 x = load(x_ + (i)), y = load(y_ + (i));
#define STEP(kind, op) (LETHE_STEP_##kind * 32 + LETHE_##op)

// One step over a whole part.
INLINE void step(const struct lethe_step *s, const float *x_, const float *y_, float *z) {
    const v16 n = all(s->scalar);
    switch (s->kind * 32 + s->op) {
    case STEP(BINARY, ADD): PART_OF(TWO, r = x + y); break;
    case STEP(BINARY, SUBTRACT): PART_OF(TWO, r = x - y); break;
    case STEP(BINARY, MULTIPLY): PART_OF(TWO, r = x * y); break;
    case STEP(BINARY, DIVIDE): PART_OF(TWO, r = x / y); break;
    case STEP(SCALAR, ADD): PART_OF(ONE, r = x + n); break;
    case STEP(SCALAR, MULTIPLY): PART_OF(ONE, r = x * n); break;
    case STEP(SCALAR, SUBTRACT):
        if (s->swapped) PART_OF(ONE, r = n - x);
        else PART_OF(ONE, r = x - n);
        break;
    case STEP(SCALAR, DIVIDE):
        if (s->swapped) PART_OF(ONE, r = n / x);
        else if (s->inverse != 0.0f) divide_part(x_, s, z);
        else PART_OF(ONE, r = x / n);
        break;
    case STEP(UNARY, SQRT): PART_OF(ONE, r = vsqrt(x)); break;
    case STEP(UNARY, NEGATE): PART_OF(ONE, r = -x); break;
    case STEP(UNARY, SQUARE): PART_OF(ONE, r = x * x); break;
    default: any_step(s, x_, y_, z, LETHE_STEP_PART);
    }
}

// The arrays that the steps read and write, each once.
INLINE int arrays_of(const struct lethe_step *steps, ptrdiff_t count, const float **arrays, int most) {
    int found = 0;
    for (ptrdiff_t i = 0; i < 3 * count; i++) {
        const struct lethe_step *s = steps + i / 3;
        const float *array = i % 3 == 0 ? s->x : i % 3 == 1 ? s->y : s->z;
        int known = array == 0 || found == most;
        for (int k = 0; k < found && !known; k++) known = arrays[k] == array;
        if (!known) arrays[found++] = array;
    }
    return found;
}

CLONES void lethe_run_steps(const struct lethe_step *steps, ptrdiff_t count, ptrdiff_t start, ptrdiff_t n,
                            float *registers) {
    const ptrdiff_t part = LETHE_STEP_PART;
    const float *arrays[16];
    const int streams = arrays_of(steps, count, arrays, 16);
    for (ptrdiff_t done = 0; done < n; done += part) {
        const ptrdiff_t at = start + done, m = n - done < part ? n - done : part;
        // Streams that take turns every few cache lines are too short for the processor to foresee.
        for (int k = 0; k < streams && n - done >= 2 * part; k++)
            for (ptrdiff_t i = 0; i < part; i += LANES) __builtin_prefetch(arrays[k] + at + part + i);
        for (const struct lethe_step *s = steps; s < steps + count; s++) {
            const float *x = s->x ? s->x + at : registers + s->x_register * part;
            const float *y = s->y ? s->y + at : registers + s->y_register * part;
            float *z = s->z ? s->z + at : registers + s->z_register * part;
            if (m == part) step(s, x, y, z);
            else any_step(s, x, y, z, m);
        }
    }
}
