#ifndef CVECTORS_H
#define CVECTORS_H

#include <stddef.h>

/// Inner product of two vectors of `dimensions` floats. Any alignment.
float cvectors_dot(const float *a, const float *b, size_t dimensions);

/// Inner products of `query` with `count` vectors that lie one after the other in `rows`, into `scores`.
/// Reads `count * dimensions` floats of `rows` and writes `count` floats of `scores`. Any alignment.
void cvectors_scan(const float *query, const float *rows, size_t dimensions, size_t count, float *scores);

/// The same, without any instruction that the processor might lack: what machines without AVX2 use. Results may differ
/// from the fast kernel's in the last bits, since the order of additions differs.
void cvectors_scan_portable(
    const float *query, const float *rows, size_t dimensions, size_t count, float *scores);

/// 1 when the fast kernels are in use on this processor, else 0.
int cvectors_is_accelerated(void);

#endif
