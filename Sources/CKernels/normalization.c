// Layer norm (Ba et al., arXiv 1607.06450) and RMS norm (Zhang & Sennrich, arXiv 1910.07467).
//
// With n = (x - mean) r (mean = 0 for RMS norm), y = n w + b, the Jacobian of n with respect to x is the symmetric
//     J(u) = r (u - mean(u) - n mean(n u))        (without mean(u) for RMS norm).
// Hence the tangent ty = J(tx) w + n tw + tb, the cotangent dx = J(dy w), dw = dy n, db = dy, and by the product rule,
// with q = mean(n tx), tn = J(tx), tu = tdy w + dy tw for u = dy w:
//     tdx = -r q J(u) + J(tu) - r (tn mean(n u) + n mean(tn u)),   tdw = tdy n + dy tn,   tdb = tdy.
#include "vector.h"
#include "include/kernels.h"

#define FAST _Pragma("clang fp reassociate(on) contract(fast)")

CLONES void lethe_norm(int centered, const float *x, const float *w, const float *b, float eps, float *y, float *stats,
                       ptrdiff_t rows, ptrdiff_t d) {
    FAST
    for (ptrdiff_t i = 0; i < rows; i++, x += d, y += d, stats += 2) {
        float mean = 0, square = 0;
        if (centered) {
            for (ptrdiff_t j = 0; j < d; j++) mean += x[j];
            mean /= (float)d;
        }
        for (ptrdiff_t j = 0; j < d; j++) square += (x[j] - mean) * (x[j] - mean);
        float r = 1.0f / sqrtf(square / (float)d + eps);
        stats[0] = mean;
        stats[1] = r;
        if (b) for (ptrdiff_t j = 0; j < d; j++) y[j] = (x[j] - mean) * r * w[j] + b[j];
        else for (ptrdiff_t j = 0; j < d; j++) y[j] = (x[j] - mean) * r * w[j];
    }
}

CLONES void lethe_norm_tangent(int centered, const float *x, const float *w, const float *stats, const float *tx,
                               const float *tw, const float *tb, float *ty, ptrdiff_t rows, ptrdiff_t d) {
    FAST
    for (ptrdiff_t i = 0; i < rows; i++, x += d, ty += d, stats += 2) {
        float mean = stats[0], r = stats[1], mean_t = 0, q = 0;
        if (tx) {
            for (ptrdiff_t j = 0; j < d; j++) {
                mean_t += tx[j];
                q += (x[j] - mean) * r * tx[j];
            }
            q /= (float)d;
            mean_t = centered ? mean_t / (float)d : 0.0f;
            for (ptrdiff_t j = 0; j < d; j++) ty[j] = r * (tx[j] - mean_t - (x[j] - mean) * r * q) * w[j];
            tx += d;
        } else {
            for (ptrdiff_t j = 0; j < d; j++) ty[j] = 0.0f;
        }
        if (tw) for (ptrdiff_t j = 0; j < d; j++) ty[j] += (x[j] - mean) * r * tw[j];
        if (tb) for (ptrdiff_t j = 0; j < d; j++) ty[j] += tb[j];
    }
}

CLONES void lethe_norm_reverse(int centered, const float *x, const float *w, const float *stats, const float *dy,
                               float *dx, float *dw, float *db, ptrdiff_t rows, ptrdiff_t d) {
    FAST
    for (ptrdiff_t i = 0; i < rows; i++, x += d, dy += d, stats += 2) {
        float mean = stats[0], r = stats[1];
        if (dx) {
            float mean_u = 0, nu = 0;
            for (ptrdiff_t j = 0; j < d; j++) {
                float u = dy[j] * w[j];
                mean_u += u;
                nu += (x[j] - mean) * r * u;
            }
            nu /= (float)d;
            mean_u = centered ? mean_u / (float)d : 0.0f;
            for (ptrdiff_t j = 0; j < d; j++) dx[j] = r * (dy[j] * w[j] - mean_u - (x[j] - mean) * r * nu);
            dx += d;
        }
        if (dw) for (ptrdiff_t j = 0; j < d; j++) dw[j] += dy[j] * (x[j] - mean) * r;
        if (db) for (ptrdiff_t j = 0; j < d; j++) db[j] += dy[j];
    }
}

CLONES void lethe_norm_reverse_tangent(int centered, const float *x, const float *w, const float *stats,
                                       const float *tx, const float *tw, const float *dy, const float *tdy, float *tdx,
                                       float *tdw, float *tdb, ptrdiff_t rows, ptrdiff_t d) {
    FAST
    float c = centered ? 1.0f / (float)d : 0.0f, m = 1.0f / (float)d;
    for (ptrdiff_t i = 0; i < rows; i++, x += d, dy += d, stats += 2) {
        float mean = stats[0], r = stats[1];
        float q = 0, sum_tx = 0, sum_u = 0, nu = 0, sum_tu = 0, ntu = 0, tnu = 0;
        for (ptrdiff_t j = 0; j < d; j++) {
            float n = (x[j] - mean) * r, u = dy[j] * w[j];
            sum_u += u;
            nu += n * u;
        }
        nu *= m;
        if (tx)
            for (ptrdiff_t j = 0; j < d; j++) {
                float n = (x[j] - mean) * r;
                sum_tx += tx[j];
                q += n * tx[j];
            }
        q *= m;
        if (tdy)
            for (ptrdiff_t j = 0; j < d; j++) {
                float n = (x[j] - mean) * r, tu = tdy[j] * w[j];
                sum_tu += tu;
                ntu += n * tu;
            }
        if (tw)
            for (ptrdiff_t j = 0; j < d; j++) {
                float n = (x[j] - mean) * r, tu = dy[j] * tw[j];
                sum_tu += tu;
                ntu += n * tu;
            }
        ntu *= m;
        if (tx)
            for (ptrdiff_t j = 0; j < d; j++) {
                float n = (x[j] - mean) * r, tn = r * (tx[j] - c * sum_tx - n * q);
                tnu += tn * dy[j] * w[j];
            }
        tnu *= m;
        for (ptrdiff_t j = 0; j < d; j++) {
            float n = (x[j] - mean) * r, u = dy[j] * w[j];
            float tn = tx ? r * (tx[j] - c * sum_tx - n * q) : 0.0f;
            float tu = (tdy ? tdy[j] * w[j] : 0.0f) + (tw ? dy[j] * tw[j] : 0.0f);
            float ju = r * (u - c * sum_u - n * nu), jtu = r * (tu - c * sum_tu - n * ntu);
            if (tdx) tdx[j] = -r * q * ju + jtu - r * (tn * nu + n * tnu);
            if (tdw) tdw[j] += (tdy ? tdy[j] * n : 0.0f) + dy[j] * tn;
            if (tdb && tdy) tdb[j] += tdy[j];
        }
        if (tx) tx += d;
        if (tdy) tdy += d;
        if (tdx) tdx += d;
    }
}
