// Fused optimizer updates: each reads and writes every array once, so that a step costs no more than its memory
// traffic. See optimizers.c for the equations.
#ifndef LETHE_OPTIMIZERS_H
#define LETHE_OPTIMIZERS_H
#include <stddef.h>

// Flat arrays of equal length. A result may be the array it replaces. `curvature` may be null, and so may
// the state arrays an optimizer does not use. `streams`: results go to memory past the caches, where they would be read
// into first: for results that are in new memory and larger than the caches.
struct lethe_update {
    const float *parameters, *gradient, *curvature;
    const float *first, *second;   // state: momentum and second moment or curvature
    float *new_parameters, *new_first, *new_second;
    int streams;
};

// Coefficients: an average becomes (1 - decayed) times itself plus `weight` times what is new, with decayed = weight =
// 1 - beta where only `weight` is given; `rate` is the learning rate, `decay` the factor of the parameters in weight
// decay.
struct lethe_sgd_coefficients { float rate, decay, decayed, weight; int nesterov; };
struct lethe_adam_coefficients { float rate, decay, weight1, weight2, correction, epsilon; int decoupled; };
struct lethe_sophia_coefficients { float rate, decay, weight1, weight2, scale, epsilon; int square; };
struct lethe_lion_coefficients { float rate, decay, weight1, weight2; };
struct lethe_scaled_coefficients { float rate, decay, decayed, weight, epsilon; };

// What an update came to: how many elements were clipped, and whether all that was written is finite. `finite` may be 0
// for numbers that are, where a rest shorter than a block divides 0 by 0; it is never 1 where one is not.
struct lethe_outcome { ptrdiff_t clipped; int finite; };

// Each updates elements start ..< start + n.
struct lethe_outcome lethe_sgd(const struct lethe_update *u, ptrdiff_t start, ptrdiff_t n,
                               struct lethe_sgd_coefficients c);
struct lethe_outcome lethe_adam(const struct lethe_update *u, ptrdiff_t start, ptrdiff_t n,
                                struct lethe_adam_coefficients c);
struct lethe_outcome lethe_lion(const struct lethe_update *u, ptrdiff_t start, ptrdiff_t n,
                                struct lethe_lion_coefficients c);
// Adagrad (decayed = 0, weight = 1) and RMSProp
struct lethe_outcome lethe_scaled(const struct lethe_update *u, ptrdiff_t start, ptrdiff_t n,
                                  struct lethe_scaled_coefficients c);
// Without `curvature` the old curvature is used and nothing is written for it.
struct lethe_outcome lethe_sophia(const struct lethe_update *u, ptrdiff_t start, ptrdiff_t n,
                                  struct lethe_sophia_coefficients c);
#endif
