#include "CVectors.h"

// Eight independent sums let the compiler use whatever vector registers the baseline has: additions of floats may not
// be reordered by it, so the order is written down here.
static float dot_portable(const float *a, const float *b, size_t n) {
    float sums[8] = {0};
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        for (size_t lane = 0; lane < 8; lane++) sums[lane] += a[i + lane] * b[i + lane];
    }
    float sum = ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
    for (; i < n; i++) sum += a[i] * b[i];
    return sum;
}

static int32_t sum_portable(const int16_t *query, const int8_t *codes, size_t n) {
    int32_t sum = 0;
    for (size_t i = 0; i < n; i++) sum += (int32_t)query[i] * codes[i];
    return sum;
}

void cvectors_scan_codes_portable(
    const int16_t *query, float query_scale, const int8_t *codes, const float *scales, size_t dimensions, size_t count,
    float *scores) {
    for (size_t row = 0; row < count; row++) {
        scores[row] = (float)sum_portable(query, codes + row * dimensions, dimensions) * (query_scale * scales[row]);
    }
}

#if defined(__x86_64__)

#include <immintrin.h>

__attribute__((target("avx2,fma")))
static float dot_avx2(const float *a, const float *b, size_t n) {
    __m256 s0 = _mm256_setzero_ps(), s1 = _mm256_setzero_ps();
    __m256 s2 = _mm256_setzero_ps(), s3 = _mm256_setzero_ps();
    size_t i = 0;
    for (; i + 32 <= n; i += 32) {
        s0 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i), _mm256_loadu_ps(b + i), s0);
        s1 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i + 8), _mm256_loadu_ps(b + i + 8), s1);
        s2 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i + 16), _mm256_loadu_ps(b + i + 16), s2);
        s3 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i + 24), _mm256_loadu_ps(b + i + 24), s3);
    }
    for (; i + 8 <= n; i += 8) {
        s0 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i), _mm256_loadu_ps(b + i), s0);
    }
    __m256 s = _mm256_add_ps(_mm256_add_ps(s0, s1), _mm256_add_ps(s2, s3));
    __m128 half = _mm_add_ps(_mm256_castps256_ps128(s), _mm256_extractf128_ps(s, 1));
    half = _mm_add_ps(half, _mm_movehl_ps(half, half));
    half = _mm_add_ss(half, _mm_movehdup_ps(half));
    float sum = _mm_cvtss_f32(half);
    for (; i < n; i++) sum += a[i] * b[i];
    return sum;
}

int cvectors_is_accelerated(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

float cvectors_dot(const float *a, const float *b, size_t dimensions) {
    return cvectors_is_accelerated() ? dot_avx2(a, b, dimensions) : dot_portable(a, b, dimensions);
}

__attribute__((target("avx2,fma")))
static int32_t sum_avx2(const int16_t *query, const int8_t *codes, size_t n) {
    __m256i s0 = _mm256_setzero_si256(), s1 = _mm256_setzero_si256();
    size_t i = 0;
    for (; i + 32 <= n; i += 32) {
        // The processor's own prefetching ends with each page. Ahead of the last row is nothing: no harm.
        _mm_prefetch((const char *)(codes + i + 2048), _MM_HINT_T0);
        __m256i a = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(codes + i)));
        __m256i b = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(codes + i + 16)));
        s0 = _mm256_add_epi32(s0, _mm256_madd_epi16(a, _mm256_loadu_si256((const __m256i *)(query + i))));
        s1 = _mm256_add_epi32(s1, _mm256_madd_epi16(b, _mm256_loadu_si256((const __m256i *)(query + i + 16))));
    }
    __m256i s = _mm256_add_epi32(s0, s1);
    __m128i half = _mm_add_epi32(_mm256_castsi256_si128(s), _mm256_extracti128_si256(s, 1));
    half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0x4E));
    half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0xB1));
    return _mm_cvtsi128_si32(half) + sum_portable(query + i, codes + i, n - i);
}

__attribute__((target("avx2,fma")))
static void scan_codes_avx2(
    const int16_t *query, float query_scale, const int8_t *codes, const float *scales, size_t dimensions, size_t count,
    float *scores) {
    for (size_t row = 0; row < count; row++) {
        scores[row] = (float)sum_avx2(query, codes + row * dimensions, dimensions) * (query_scale * scales[row]);
    }
}

void cvectors_scan_codes(
    const int16_t *query, float query_scale, const int8_t *codes, const float *scales, size_t dimensions, size_t count,
    float *scores) {
    if (cvectors_is_accelerated()) {
        scan_codes_avx2(query, query_scale, codes, scales, dimensions, count, scores);
    } else {
        cvectors_scan_codes_portable(query, query_scale, codes, scales, dimensions, count, scores);
    }
}

#else

// Elsewhere (64-bit ARM) the baseline already has vector registers, and the portable loops use them.
int cvectors_is_accelerated(void) { return 0; }

float cvectors_dot(const float *a, const float *b, size_t dimensions) { return dot_portable(a, b, dimensions); }

void cvectors_scan_codes(
    const int16_t *query, float query_scale, const int8_t *codes, const float *scales, size_t dimensions, size_t count,
    float *scores) {
    cvectors_scan_codes_portable(query, query_scale, codes, scales, dimensions, count, scores);
}

#endif
