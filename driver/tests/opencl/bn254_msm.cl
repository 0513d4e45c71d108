// A BN254 MSM with the arguments and memory layouts of an MSM kernel: affine points of two
// coordinates of 32 bytes in Montgomery form (radix 2^256), scalars of 32 bytes, projective partial
// sums of three coordinates in a beat of 64 bytes each. Sum number j is the sum of the points whose
// scalar has bit j. One work item.

typedef struct { uint limb[8]; } field;
typedef struct { field x, y, z; } point;

__constant uint MODULUS[8] = {0xd87cfd47, 0x3c208c16, 0x6871ca8d, 0x97816a91,
                              0x8181585d, 0xb85045b6, 0xe131a029, 0x30644e72};
// -1 / p modulo 2^32.
#define NEGATED_INVERSE 0xe4866389u
// 2^256 modulo p.
__constant uint ONE[8] = {0xc58f0d9d, 0xd35d438d, 0xf5c70b3d, 0x0a78eb28,
                          0x7879462c, 0x666ea36f, 0x9a07df2f, 0x0e0a77c1};

field reduce(field a, uint carry) {
    field result;
    uint borrow = 0;
    for (int i = 0; i < 8; i++) {
        ulong difference = (ulong)a.limb[i] - MODULUS[i] - borrow;
        result.limb[i] = (uint)difference;
        borrow = (uint)(difference >> 63);
    }
    return carry >= borrow ? result : a;
}

field add(field a, field b) {
    ulong carry = 0;
    for (int i = 0; i < 8; i++) {
        carry += (ulong)a.limb[i] + b.limb[i];
        a.limb[i] = (uint)carry;
        carry >>= 32;
    }
    return reduce(a, (uint)carry);
}

field sub(field a, field b) {
    uint borrow = 0;
    for (int i = 0; i < 8; i++) {
        ulong difference = (ulong)a.limb[i] - b.limb[i] - borrow;
        a.limb[i] = (uint)difference;
        borrow = (uint)(difference >> 63);
    }
    if (!borrow) return a;
    ulong carry = 0;
    for (int i = 0; i < 8; i++) {
        carry += (ulong)a.limb[i] + MODULUS[i];
        a.limb[i] = (uint)carry;
        carry >>= 32;
    }
    return a;
}

// a * b / 2^256
field mul(field a, field b) {
    uint t[10] = {0};
    for (int i = 0; i < 8; i++) {
        ulong carry = 0;
        for (int j = 0; j < 8; j++) {
            carry += (ulong)a.limb[j] * b.limb[i] + t[j];
            t[j] = (uint)carry;
            carry >>= 32;
        }
        carry += t[8];
        t[8] = (uint)carry;
        t[9] = (uint)(carry >> 32);
        const uint factor = t[0] * NEGATED_INVERSE;
        carry = ((ulong)factor * MODULUS[0] + t[0]) >> 32;
        for (int j = 1; j < 8; j++) {
            carry += (ulong)factor * MODULUS[j] + t[j];
            t[j - 1] = (uint)carry;
            carry >>= 32;
        }
        carry += t[8];
        t[7] = (uint)carry;
        t[8] = t[9] + (uint)(carry >> 32);
    }
    field result;
    for (int i = 0; i < 8; i++) result.limb[i] = t[i];
    return reduce(result, t[8]);
}

// 9 a, that is 3 b of the curve y^2 = x^3 + 3.
field times_9(field a) {
    field doubled = add(a, a);
    doubled = add(doubled, doubled);
    doubled = add(doubled, doubled);
    return add(doubled, a);
}

// Complete addition for a = 0: Renes, Costello, Batina 2015, algorithm 7.
point add_points(point p, point q) {
    field t0 = mul(p.x, q.x), t1 = mul(p.y, q.y), t2 = mul(p.z, q.z);
    field t3 = sub(mul(add(p.x, p.y), add(q.x, q.y)), add(t0, t1));
    field t4 = sub(mul(add(p.y, p.z), add(q.y, q.z)), add(t1, t2));
    field y3 = sub(mul(add(p.x, p.z), add(q.x, q.z)), add(t0, t2));
    t0 = add(add(t0, t0), t0);
    t2 = times_9(t2);
    field z3 = add(t1, t2);
    t1 = sub(t1, t2);
    y3 = times_9(y3);
    point sum;
    sum.x = sub(mul(t3, t1), mul(t4, y3));
    sum.y = add(mul(t1, z3), mul(y3, t0));
    sum.z = add(mul(z3, t4), mul(t0, t3));
    return sum;
}

int is_zero(__global const uint *words) {
    uint all = 0;
    for (int i = 0; i < 16; i++) all |= words[i];
    return all == 0;
}

field load(__global const uint *words) {
    field result;
    for (int i = 0; i < 8; i++) result.limb[i] = words[i];
    return result;
}

void store(__global uint *words, field value) {
    for (int i = 0; i < 8; i++) words[i] = value.limb[i];
    for (int i = 8; i < 16; i++) words[i] = 0;
}

__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void vegalith_msm(__global uint *points, __global uint *scalars, __global uint *result,
                  uint num_points) {
    field zero, one;
    for (int i = 0; i < 8; i++) {
        zero.limb[i] = 0;
        one.limb[i] = ONE[i];
    }
    for (uint bit = 0; bit < 256; bit++) {
        point sum = {zero, one, zero};
        for (uint i = 0; i < num_points; i++) {
            const int taken = (scalars[8 * i + bit / 32] >> (bit % 32)) & 1;
            __global const uint *words = points + 16 * i;
            if (!taken || is_zero(words)) continue;
            point p = {load(words), load(words + 8), one};
            sum = add_points(sum, p);
        }
        store(result + 48 * bit, sum.x);
        store(result + 48 * bit + 16, sum.y);
        store(result + 48 * bit + 32, sum.z);
    }
}
