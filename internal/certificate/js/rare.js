// The hash functions that few proofs have: left out of a certificate whose proof
// has none of them.

const start160 = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
// The constants of SHA-1 are square roots; those of RIPEMD-160, five for each
// of its lines, cube roots too.
const K1 = [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6];
const K160 = [0, 0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xa953fd4e,
  0x50a28be6, 0x5c4dd124, 0x6d703ef3, 0x7a6d76e9, 0];

const sha1 = words(start160, (s, block, at) => {
  load(block, at);
  for (let t = 16; t < 80; t++) {
    const x = W[t - 3] ^ W[t - 8] ^ W[t - 14] ^ W[t - 16];
    W[t] = x << 1 | x >>> 31;
  }
  let a = s[0], b = s[1], c = s[2], d = s[3], e = s[4];
  for (let t = 0; t < 80; t++) {
    const f = t < 20 ? d ^ b & (c ^ d) : t >= 40 && t < 60 ? b & c | d & (b | c) : b ^ c ^ d;
    const x = (a << 5 | a >>> 27) + f + e + K1[t / 20 | 0] + W[t] | 0;
    e = d; d = c; c = b << 30 | b >>> 2; b = a; a = x;
  }
  s[0] += a; s[1] += b; s[2] += c; s[3] += d; s[4] += e;
});

const nibbles = (chars) => Uint8Array.from(chars, (c) => parseInt(c, 16));
// Which word each step takes and how far it turns: 80 steps of the left line,
// 80 of the right one.
const taken = nibbles("0123456789abcdef74d1a6f3c0952eb83ae49f812706db5c19ba08c4d37fe56240597c2ae138b6fd" +
  "5e7092b4d6f81a3c6b370d5aef8c4912f5137e69b8c2a04d86413bf05c2d97aecfa4158762de039b");
const turned = nibbles("befc5879bdef6798768db97f7cf9b7dcbd67e9dfe8d65c75bcefef989e56865c9f5b68dc5cdeb856" +
  "899bdff5778beec69df7c89b77c76fdb97fb866ecd5edd75f58bee6e69c9c5f885c9c5e68d65fdbb");
const mix = (f, x, y, z) => f < 1 ? x ^ y ^ z : f < 2 ? z ^ x & (y ^ z) : f < 3 ? (x | ~y) ^ z :
  f < 4 ? y ^ z & (x ^ y) : x ^ (y | ~z);
const line = (s, right) => {
  let [a, b, c, d, e] = s;
  for (let t = 0; t < 80; t++) {
    const round = t >> 4, step = 80 * right + t, n = turned[step];
    const x = a + mix(right ? 4 - round : round, b, c, d) + W[taken[step]] + K160[5 * right + round] | 0;
    a = e; e = d; d = c << 10 | c >>> 22; c = b; b = (x << n | x >>> -n) + a | 0;
  }
  return [a, b, c, d, e];
};
const ripemd160 = words(start160, (s, block, at) => {
  load(block, at, true);
  const l = line(s, 0), r = line(s, 1);
  s.set([1, 2, 3, 4, 0].map((i) => s[i] + l[(i + 1) % 5] + r[(i + 2) % 5]));
}, true);

// A lane of Keccak is two words, the low one first. lanes is the order of its
// steps rho and pi, flips are the bits of iota.
const lanes = [10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1];
const flips = new Int32Array(48);
for (let i = 0, r = 1; i < 24; i++) {
  for (let j = 0; j < 7; j++) {
    const bit = (1 << j) - 1;
    if (r & 1) flips[2 * i + (bit >> 5)] ^= 1 << bit;
    r = r << 1 ^ (r >> 7) * 0x171;
  }
}
const permute = (s) => {
  const c = new Int32Array(10);
  for (let round = 0; round < 24; round++) {
    for (let x = 0; x < 10; x++) c[x] = s[x] ^ s[x + 10] ^ s[x + 20] ^ s[x + 30] ^ s[x + 40];
    for (let x = 0; x < 10; x++) {
      const i = (x + 2) % 10, d = c[(x + 8) % 10] ^ (c[i] << 1 | c[i ^ 1] >>> 31);
      for (let y = x; y < 50; y += 10) s[y] ^= d;
    }
    let lo = s[2], hi = s[3];
    for (let i = 0; i < 24; i++) {
      // No turn is a multiple of 32.
      const at = 2 * lanes[i], n = (i + 1) * (i + 2) / 2;
      if (n & 32) [lo, hi] = [hi, lo];
      const l = lo << n | hi >>> -n, h = hi << n | lo >>> -n;
      lo = s[at]; hi = s[at + 1];
      s[at] = l; s[at + 1] = h;
    }
    for (let y = 0; y < 50; y += 10) {
      for (let x = 0; x < 10; x++) c[x] = s[y + x];
      for (let x = 0; x < 10; x++) s[y + x] ^= ~c[(x + 2) % 10] & c[(x + 4) % 10];
    }
    s[0] ^= flips[2 * round];
    s[1] ^= flips[2 * round + 1];
  }
};
const keccak256 = () => {
  const s = new Int32Array(50);
  const absorb = (b, at) => {
    const view = new DataView(b.buffer, b.byteOffset + at, 136);
    for (let i = 0; i < 34; i++) s[i] ^= view.getInt32(4 * i, true);
    permute(s);
  };
  return blocks(136, absorb, (rest, n) => {
    rest[n] = 1;
    rest[135] |= 0x80;
    absorb(rest, 0);
    return unpack(s, 32, true);
  });
};
Object.assign(hashes, { sha1, ripemd160, keccak256 });
