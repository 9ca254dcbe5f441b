#ifndef CVECTORS_H
#define CVECTORS_H

#include <stddef.h>
#include <stdint.h>

/// Inner product of two vectors of `dimensions` floats. Any alignment.
float cvectors_dot(const float *a, const float *b, size_t dimensions);

/// Similarities of `query` with `count` coded vectors that lie one after the other in `codes`, into `scores`: the exact
/// sum of the products, times `query_scale`, times the row's of `scales`. Reads `count * dimensions` bytes of `codes` and
/// `count` floats of `scales`, writes `count` floats of `scores`. Any alignment.
///
/// Sums are kept in 32 bits: 127 times the sum of the magnitudes of `query` must be less than 2^31, and no code -128.
void cvectors_scan_codes(
    const int16_t *query, float query_scale, const int8_t *codes, const float *scales, size_t dimensions, size_t count,
    float *scores);

/// The same, without any instruction that the processor might lack: what machines without AVX2 use. Equal to the last bit.
void cvectors_scan_codes_portable(
    const int16_t *query, float query_scale, const int8_t *codes, const float *scales, size_t dimensions, size_t count,
    float *scores);

/// 1 when the fast kernels are in use on this processor, else 0.
int cvectors_is_accelerated(void);

#endif
