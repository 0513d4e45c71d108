// A kernel with the arguments of an NTT kernel that runs for as many rounds as the first element of
// its source says, and for ever if that is 0; then it copies its source.

__kernel void vegalith_ntt(__global volatile ulong *source, __global ulong *destination,
                           __global ulong *scratch, uint log_size, uint flags,
                           ulong scale_0, ulong scale_1, ulong scale_2, ulong scale_3) {
    ulong rounds = source[0];
    do {
        scratch[0] = source[1];
    } while (--rounds != 0 || source[0] == 0);
    for (uint i = 0; i < 1u << log_size; i++) destination[i] = source[i];
}
