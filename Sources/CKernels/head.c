// Cross-entropy over a vocabulary of which only some columns are at hand: rows of logits x [rows, n] whose softmax over
// all columns is exp((x - m) - l), m being a row's largest logit and l the logarithm of its sum of exp(x - m).
#include "vector.h"
#include "include/kernels.h"

INLINE v16 at(const float *x, ptrdiff_t i, ptrdiff_t n, float rest) {
    return i + LANES <= n ? load(x + i) : load_part(x + i, n - i, rest);
}
INLINE void put(float *x, ptrdiff_t i, ptrdiff_t n, v16 value) {
    if (i + LANES <= n) store(x + i, value);
    else store_part(x + i, value, n - i);
}

CLONES void lethe_head_logits(float *x, const float *bias, float cap, ptrdiff_t rows, ptrdiff_t n) {
    if (!bias && cap <= 0) return;
    for (ptrdiff_t r = 0; r < rows; r++, x += n) {
        for (ptrdiff_t i = 0; i < n; i += LANES) {
            v16 z = at(x, i, n, 0.0f);
            if (bias) z += at(bias, i, n, 0.0f);
            if (cap > 0) z = cap * vtanh(z * (1.0f / cap));
            put(x, i, n, z);
        }
    }
}

CLONES void lethe_head_sums(const float *x, float *m, float *l, ptrdiff_t rows, ptrdiff_t n) {
    for (ptrdiff_t r = 0; r < rows; r++, x += n) {
        v16 most = all(-INFINITY), sum = {0};
        for (ptrdiff_t i = 0; i < n; i += LANES) most = vmax(at(x, i, n, -INFINITY), most);
        float largest = max16(most);
        // nothing but -inf sums up to 0
        if (largest == -INFINITY) {
            int isNaN = 0;
            for (ptrdiff_t i = 0; i < n; i++) isNaN |= x[i] != x[i];
            m[r] = isNaN ? NAN : largest;
            l[r] = 0;
            continue;
        }
        for (ptrdiff_t i = 0; i < n; i += LANES) sum += vexp(at(x, i, n, -INFINITY) - largest);
        m[r] = largest;
        l[r] = logf(sum16(sum));
    }
}

CLONES void lethe_head_softmax(const float *x, const float *m, const float *l, float *p, ptrdiff_t rows, ptrdiff_t n) {
    for (ptrdiff_t r = 0; r < rows; r++, x += n, p += n)
        for (ptrdiff_t i = 0; i < n; i += LANES) put(p, i, n, vexp((at(x, i, n, 0.0f) - m[r]) - l[r]));
}

CLONES void lethe_head_divergence(const float *x, const float *m, const float *l, const float *qx, const float *qm,
                                  const float *ql, double *sum, ptrdiff_t rows, ptrdiff_t n) {
    for (ptrdiff_t r = 0; r < rows; r++, x += n, qx += n) {
        double total = 0;
        for (ptrdiff_t start = 0; start < n; start += 64 * LANES) {
            ptrdiff_t end = start + 64 * LANES < n ? start + 64 * LANES : n;
            v16 part = {0};
            for (ptrdiff_t i = start; i < end; i += LANES) {
                v16 lq = (at(qx, i, end, -INFINITY) - qm[r]) - ql[r], lp = (at(x, i, end, 0.0f) - m[r]) - l[r];
                v16 q = vexp(lq);
                // a share of nothing counts nothing, also where its logarithm is -infinity
                part += choose(q == 0.0f, all(0.0f), q * (lq - lp));
            }
            total += sum16(part);
        }
        sum[r] += total;
    }
}

CLONES void lethe_head_reverse(const float *x, const float *m, const float *l, const int32_t *labels, int32_t first,
                               const float *q, const float *c, float cap, float *dz, ptrdiff_t rows, ptrdiff_t n) {
    float bend = cap > 0 ? 1.0f / cap : 0.0f;
    for (ptrdiff_t r = 0; r < rows; r++, x += n, dz += n) {
        if (c[r] == 0) {
            memset(dz, 0, (size_t)n * sizeof(float));
            continue;
        }
        for (ptrdiff_t i = 0; i < n; i += LANES) {
            v16 z = at(x, i, n, 0.0f), p = vexp((z - m[r]) - l[r]), u = bend * z;
            if (q) p -= at(q + r * n, i, n, 0.0f);
            put(dz, i, n, c[r] * p * (1.0f - u * u));
        }
        if (labels && labels[r] >= first && labels[r] < first + n) {
            float u = bend * x[labels[r] - first];
            dz[labels[r] - first] -= c[r] * (1.0f - u * u);
        }
    }
}

CLONES void lethe_head_tangent_sums(const float *x, const float *m, const float *l, const float *q, const float *tz,
                                    float cap, float *sum, float *toward, ptrdiff_t rows, ptrdiff_t n) {
    float bend = cap > 0 ? 1.0f / cap : 0.0f;
    for (ptrdiff_t r = 0; r < rows; r++, x += n, tz += n) {
        v16 total = {0}, other = {0};
        for (ptrdiff_t i = 0; i < n; i += LANES) {
            v16 z = at(x, i, n, -INFINITY), u = bend * at(x, i, n, 0.0f);
            v16 tx = (1.0f - u * u) * at(tz, i, n, 0.0f);
            total += vexp((z - m[r]) - l[r]) * tx;
            if (q) other += at(q + r * n, i, n, 0.0f) * tx;
        }
        sum[r] += sum16(total);
        toward[r] += sum16(other);
    }
}

CLONES void lethe_head_reverse_tangent(const float *x, const float *m, const float *l, const int32_t *labels,
                                       int32_t first, const float *q, const float *tz, const float *mean,
                                       const float *c, const float *tc, float cap, int curved, float *tdz,
                                       ptrdiff_t rows, ptrdiff_t n) {
    float bend = cap > 0 ? 1.0f / cap : 0.0f;
    for (ptrdiff_t r = 0; r < rows; r++, x += n, tdz += n) {
        float cr = c[r], tcr = tc ? tc[r] : 0.0f;
        const float *t = tz ? tz + r * n : NULL;
        if (cr == 0 && tcr == 0) {
            memset(tdz, 0, (size_t)n * sizeof(float));
            continue;
        }
        ptrdiff_t label = labels && labels[r] >= first && labels[r] < first + n ? labels[r] - first : -1;
        for (ptrdiff_t i = 0; i < n; i += LANES) {
            v16 z = at(x, i, n, 0.0f), u = bend * z, s = 1.0f - u * u;
            v16 tn = t ? at(t, i, n, 0.0f) : all(0.0f);
            v16 p = vexp((z - m[r]) - l[r]), off = q ? p - at(q + r * n, i, n, 0.0f) : p;
            if (label >= i && label < i + LANES) off[label - i] -= 1.0f;
            v16 bent = cr * p * (t ? s * tn - mean[r] : all(0.0f)) + tcr * off;
            v16 result = s * bent;
            // the cap's own curvature
            if (curved && bend > 0) result -= (2.0f * bend) * u * s * tn * (cr * off);
            put(tdz, i, n, result);
        }
    }
}
