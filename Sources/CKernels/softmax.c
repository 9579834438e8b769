// Softmax over rows, causal softmax inside attention, and cross-entropy, with their derivative rules.
#include "vector.h"
#include "include/kernels.h"

INLINE float row_max(const float *x, ptrdiff_t n) {
    v16 m = all(-INFINITY);
    ptrdiff_t i = 0;
    for (; i + LANES <= n; i += LANES) m = vmax(load(x + i), m);
    if (i < n) m = vmax(load_part(x + i, n - i, -INFINITY), m);
    return max16(m);
}

// Σ exp(x - m)
INLINE float sum_of_exp(const float *x, ptrdiff_t n, float m) {
    v16 s = {0};
    ptrdiff_t i = 0;
    for (; i + LANES <= n; i += LANES) s += vexp(load(x + i) - m);
    if (i < n) s += vexp(load_part(x + i, n - i, -INFINITY) - m);
    return sum16(s);
}

// whether all are -inf, none NaN
INLINE int all_below(const float *x, ptrdiff_t n) {
    for (ptrdiff_t i = 0; i < n; i++) {
        if (!(x[i] == -INFINITY)) return 0;
    }
    return 1;
}

INLINE int no_nan(const float *x, ptrdiff_t n) {
    for (ptrdiff_t i = 0; i < n; i++) {
        if (x[i] != x[i]) return 0;
    }
    return 1;
}

CLONES void lethe_log_sum_exp(const float *x, float *lse, ptrdiff_t rows, ptrdiff_t n) {
    for (ptrdiff_t r = 0; r < rows; r++, x += n) {
        float m = row_max(x, n);
        // nothing but -inf sums up to 0; beside inf all else is nothing
        int is_limit = (m == -INFINITY && all_below(x, n)) || (m == INFINITY && no_nan(x, n));
        lse[r] = is_limit ? m : m + logf(sum_of_exp(x, n, m));
    }
}

CLONES void lethe_log_softmax(const float *x, float *y, ptrdiff_t rows, ptrdiff_t n) {
    for (ptrdiff_t r = 0; r < rows; r++, x += n, y += n) {
        float m = row_max(x, n), l = logf(sum_of_exp(x, n, m));
        ptrdiff_t i = 0;
        // the two are not added first: a large m would swallow l
        for (; i + LANES <= n; i += LANES) store(y + i, (load(x + i) - m) - l);
        if (i < n) store_part(y + i, (load_part(x + i, n - i, 0.0f) - m) - l, n - i);
    }
}

CLONES void lethe_softmax_rows(const float *x, const float *lse, float *p, ptrdiff_t rows, ptrdiff_t n) {
    for (ptrdiff_t r = 0; r < rows; r++, x += n, p += n) {
        ptrdiff_t i = 0;
        for (; i + LANES <= n; i += LANES) store(p + i, vexp(load(x + i) - lse[r]));
        if (i < n) store_part(p + i, vexp(load_part(x + i, n - i, 0.0f) - lse[r]), n - i);
    }
}

INLINE void zeros(float *x, ptrdiff_t from, ptrdiff_t to) {
    for (; from + LANES <= to; from += LANES) store(x + from, all(0.0f));
    for (; from < to; from++) x[from] = 0.0f;
}

// softmax of scale * s over the first n columns; zeros in the rest
INLINE void softmax_prefix(float *s, float scale, ptrdiff_t n, ptrdiff_t columns) {
    v16 most = all(-INFINITY);
    for (ptrdiff_t i = 0; i < n; i += LANES) most = vmax(load_prefix(s + i, n - i, columns - i, -INFINITY), most);
    float m = max16(most) * scale;
    v16 total = {0};
    ptrdiff_t i = 0;
    for (; i < n; i += LANES) {
        v16 e = vexp(load_prefix(s + i, n - i, columns - i, -INFINITY) * scale - m);
        total += e;
        store_prefix(s + i, e, columns - i);
    }
    ptrdiff_t end = i < columns ? i : columns;
    float inverse = 1.0f / sum16(total);
    for (i = 0; i < end; i += LANES)
        store_prefix(s + i, load_prefix(s + i, LANES, columns - i, 0.0f) * inverse, columns - i);
    zeros(s, end, columns);
}

CLONES void lethe_causal_softmax(float *s, float scale, ptrdiff_t first, ptrdiff_t rows, ptrdiff_t columns,
                                 ptrdiff_t stride, ptrdiff_t limit) {
    for (ptrdiff_t n = first + 1; n <= first + rows; n++, s += stride) softmax_prefix(s, scale, n < limit ? n : limit, columns);
}

CLONES void lethe_window_softmax(float *s, float scale, ptrdiff_t first, ptrdiff_t rows, ptrdiff_t window,
                                 ptrdiff_t columns, ptrdiff_t stride, ptrdiff_t limit) {
    for (ptrdiff_t n = first + 1; n <= first + rows; n++, s += stride) {
        ptrdiff_t low = n > window ? n - window : 0, end = n < limit ? n : limit;
        if (low > columns) low = columns;
        if (end > columns) end = columns;
        zeros(s, 0, low);
        // padding far behind the text sees nothing
        if (end <= low) zeros(s, low, columns);
        else softmax_prefix(s + low, scale, end - low, columns - low);
    }
}

CLONES void lethe_soft_cap(float *s, float *u, float scale, float cap, ptrdiff_t rows, ptrdiff_t columns,
                           ptrdiff_t stride) {
    for (ptrdiff_t r = 0; r < rows; r++, s += stride, u += stride) {
        for (ptrdiff_t i = 0; i < columns; i += LANES) {
            v16 t = vtanh(load_prefix(s + i, columns - i, columns - i, 0.0f) * (scale / cap));
            store_prefix(u + i, t, columns - i);
            store_prefix(s + i, cap * t, columns - i);
        }
    }
}

#define CAPPED(a) load_prefix((a) + i, columns - i, columns - i, 0.0f)
CLONES void lethe_soft_cap_reverse(const float *u, float *ds, float scale, ptrdiff_t rows, ptrdiff_t columns,
                                   ptrdiff_t stride) {
    for (ptrdiff_t r = 0; r < rows; r++, u += stride, ds += stride) {
        for (ptrdiff_t i = 0; i < columns; i += LANES)
            store_prefix(ds + i, scale * (1.0f - CAPPED(u) * CAPPED(u)) * CAPPED(ds), columns - i);
    }
}

CLONES void lethe_soft_cap_reverse_tangent(const float *u, const float *ts, const float *ds, float *tds, float scale,
                                           float cap, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t stride) {
    for (ptrdiff_t r = 0; r < rows; r++, u += stride, ts += stride, ds += stride, tds += stride) {
        for (ptrdiff_t i = 0; i < columns; i += LANES) {
            v16 t = CAPPED(u);
            v16 bend = (2.0f / cap) * t * CAPPED(ts) * CAPPED(ds);
            store_prefix(tds + i, scale * ((1.0f - t * t) * CAPPED(tds) - bend), columns - i);
        }
    }
}

// Σ x y over the first n of t columns
INLINE float prefix_dot(const float *x, const float *y, ptrdiff_t n, ptrdiff_t t) {
    v16 s = {0};
    for (ptrdiff_t i = 0; i < n; i += LANES)
        s += load_prefix(x + i, n - i, t - i, 0.0f) * load_prefix(y + i, n - i, t - i, 0.0f);
    return sum16(s);
}
#define PREFIX(a) load_prefix((a) + i, n - i, t - i, 0.0f)

CLONES void lethe_causal_softmax_reverse(const float *p, float *dp, float scale, ptrdiff_t first, ptrdiff_t rows,
                                         ptrdiff_t t, ptrdiff_t stride) {
    for (ptrdiff_t n = first + 1; n <= first + rows; n++, p += stride, dp += stride) {
        ptrdiff_t i = 0;
        float c = prefix_dot(p, dp, n, t);
        for (; i < n; i += LANES) store_prefix(dp + i, scale * PREFIX(p) * (PREFIX(dp) - c), t - i);
        zeros(dp, i, t);
    }
}

CLONES void lethe_causal_softmax_reverse_tangent(const float *p, const float *tp, const float *dp, float *tdp,
                                                 float scale, ptrdiff_t first, ptrdiff_t rows, ptrdiff_t t,
                                                 ptrdiff_t stride) {
    for (ptrdiff_t n = first + 1; n <= first + rows; n++, p += stride, tp += stride, dp += stride, tdp += stride) {
        ptrdiff_t i = 0;
        float c = prefix_dot(p, dp, n, t);
        float tc = prefix_dot(tp, dp, n, t) + prefix_dot(p, tdp, n, t);
        for (; i < n; i += LANES)
            store_prefix(tdp + i, scale * (PREFIX(tp) * (PREFIX(dp) - c) + PREFIX(p) * (PREFIX(tdp) - tc)), t - i);
        zeros(tdp, i, t);
    }
}

CLONES void lethe_cross_entropy_reverse(const float *x, const float *lse, const int32_t *labels, const float *c,
                                        float *dx, ptrdiff_t rows, ptrdiff_t n) {
    for (ptrdiff_t r = 0; r < rows; r++, x += n, dx += n) {
        if (labels[r] < 0) {
            memset(dx, 0, (size_t)n * sizeof(float));
            continue;
        }
        ptrdiff_t i = 0;
        for (; i + LANES <= n; i += LANES) store(dx + i, c[r] * vexp(load(x + i) - lse[r]));
        if (i < n) store_part(dx + i, c[r] * vexp(load_part(x + i, n - i, 0.0f) - lse[r]), n - i);
        dx[labels[r]] -= c[r];
    }
}

CLONES void lethe_cross_entropy_reverse_tangent(const float *x, const float *lse, const int32_t *labels,
                                                const float *tx, const float *c, const float *tc, float *tdx,
                                                ptrdiff_t rows, ptrdiff_t n) {
    for (ptrdiff_t r = 0; r < rows; r++, x += n, tx += n, tdx += n) {
        if (labels[r] < 0) {
            memset(tdx, 0, (size_t)n * sizeof(float));
            continue;
        }
        float cr = c ? c[r] : 0.0f, tcr = tc ? tc[r] : 0.0f;
        v16 mean = {0};
        ptrdiff_t i = 0;
        for (; i + LANES <= n; i += LANES) {
            v16 p = vexp(load(x + i) - lse[r]);
            mean += p * load(tx + i);
            store(tdx + i, p);
        }
        for (; i < n; i++) {
            tdx[i] = expf(x[i] - lse[r]);
            mean[0] += tdx[i] * tx[i];
        }
        float m = sum16(mean);
        for (i = 0; i + LANES <= n; i += LANES)
            store(tdx + i, load(tdx + i) * (cr * (load(tx + i) - m) + tcr));
        for (; i < n; i++) tdx[i] *= cr * (tx[i] - m) + tcr;
        tdx[labels[r]] -= tcr;
    }
}
