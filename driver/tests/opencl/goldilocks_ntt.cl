// A Goldilocks NTT with the arguments and memory layouts of an NTT kernel: canonical elements of 8
// bytes in natural order, in and out. One work item, radix 2, decimation in time.

#define P 0xffffffff00000001UL
#define FLAG_INVERSE 1u
#define FLAG_COSET 2u

ulong add(ulong a, ulong b) {
    ulong sum = a + b;
    return (sum < a || sum >= P) ? sum - P : sum;
}

ulong sub(ulong a, ulong b) {
    return a >= b ? a - b : a - b + P;
}

// 2^64 = 2^32 - 1 and 2^96 = -1 modulo P.
ulong mul(ulong a, ulong b) {
    ulong low = a * b, high = mul_hi(a, b);
    ulong top = high >> 32, middle = high & 0xffffffffUL;
    ulong x = low - top;
    if (low < top) x -= 0xffffffffUL;
    ulong y = (middle << 32) - middle;
    ulong z = x + y;
    if (z < x) z += 0xffffffffUL;
    return z >= P ? z - P : z;
}

ulong power(ulong base, ulong exponent) {
    ulong result = 1;
    for (; exponent; exponent >>= 1) {
        if (exponent & 1) result = mul(result, base);
        base = mul(base, base);
    }
    return result;
}

__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void vegalith_ntt(__global ulong *source, __global ulong *destination, __global ulong *scratch,
                  uint log_size, uint flags,
                  ulong scale_0, ulong scale_1, ulong scale_2, ulong scale_3) {
    const uint n = 1u << log_size;
    const int inverse = flags & FLAG_INVERSE, coset = flags & FLAG_COSET;
    ulong root = power(7, (P - 1) >> log_size);
    if (inverse) root = power(root, P - 2);

    ulong shift = 1;
    for (uint i = 0; i < n; i++) {
        uint to = 0;
        for (uint bit = 0; bit < log_size; bit++) to |= ((i >> bit) & 1) << (log_size - 1 - bit);
        scratch[to] = coset && !inverse ? mul(source[i], shift) : source[i];
        shift = mul(shift, 7);
    }
    for (uint level = 1; level <= log_size; level++) {
        const uint half_span = 1u << (level - 1);
        const ulong step = power(root, n >> level);
        for (uint start = 0; start < n; start += 2 * half_span) {
            ulong twiddle = 1;
            for (uint i = start; i < start + half_span; i++) {
                ulong a = scratch[i], b = mul(scratch[i + half_span], twiddle);
                scratch[i] = add(a, b);
                scratch[i + half_span] = sub(a, b);
                twiddle = mul(twiddle, step);
            }
        }
    }
    // The scale is in Montgomery form with radix 2^64, whose inverse is this.
    const ulong factor = mul(scale_0, power(0xffffffffUL, P - 2));
    ulong unshift = inverse ? factor : 1;
    for (uint i = 0; i < n; i++) {
        destination[i] = inverse ? mul(scratch[i], unshift) : scratch[i];
        if (coset) unshift = mul(unshift, power(7, P - 2));
    }
}
