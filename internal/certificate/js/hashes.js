// The core of the verifier: hash functions, the parser of .ots files and the
// check of block headers. It judges a file as package ots does, byte for byte,
// and no less strictly: a test runs both over the same proofs. It needs nothing
// but the language, so that it runs in any browser, from file: too, and in node.
// hashes.js, rare.js, bytes.js, proof.js and header.js are, in this order, what
// the body of a page's one function begins with; page.go puts it together.
//
//   sha256(), sha1(), ripemd160(), keccak256()
//       a hash: update(Uint8Array), which returns it, and digest(), which ends it
//   hashFile(blob, name, progress)
//       a promise of the blob's digest, read 4 MiB at a time; progress(read,
//       size) is called after each, and may throw to stop
//   parse(Uint8Array)
//       {hash, digest, claims}, or throws an Error with kind and at, see fail
//   checkHeader(Uint8Array)
//       {hash, root, time, bits, why}
//   target(bits)
//       what a block's hash may be at the most, as a BigInt
//   hex(bytes), display(bytes), equal(a, b), codes(text)
//       hexadecimal, the same backwards as block hashes are shown, comparison, the
//       bytes of a text that has only such
//
// Bytes are Uint8Arrays; hashes and roots are in internal order. Comments take
// whole lines: they are left out of the page.

// blocks makes a hash of a function that absorbs a block of size bytes and
// one that ends: it is handed the rest, zero from n on, and the length of all.
const blocks = (size, absorb, end) => {
  const rest = new Uint8Array(size);
  let n = 0, total = 0;
  return {
    update(bytes) {
      let i = 0;
      total += bytes.length;
      if (n) {
        i = Math.min(size - n, bytes.length);
        rest.set(bytes.subarray(0, i), n);
        n += i;
        if (n < size) return this;
        absorb(rest, 0);
      }
      for (; i + size <= bytes.length; i += size) absorb(bytes, i);
      rest.set(bytes.subarray(i));
      n = bytes.length - i;
      return this;
    },
    digest() {
      rest.fill(0, n);
      return end(rest, n, total);
    },
  };
};

const unpack = (state, n, little) => {
  const view = new DataView(new ArrayBuffer(n));
  for (let i = 0; i < n; i += 4) view.setInt32(i, state[i / 4], little);
  return new Uint8Array(view.buffer);
};

// words makes a hash with a state of 32-bit words and blocks of 64 bytes, the
// last of which ends in the number of bits, as all are but Keccak.
const words = (start, compress, little) => () => {
  const state = Int32Array.from(start);
  return blocks(64, (b, i) => compress(state, b, i), (rest, n, total) => {
    const view = new DataView(rest.buffer);
    rest[n] = 0x80;
    if (n >= 56) {
      compress(state, rest, 0);
      rest.fill(0);
    }
    // Both are taken modulo 2^32, without their fractions.
    view.setUint32(little ? 56 : 60, total << 3, little);
    view.setUint32(little ? 60 : 56, total / 0x20000000, little);
    compress(state, rest, 0);
    return unpack(state, 4 * state.length, little);
  });
};

const W = new Int32Array(80);

// load fills W with the 16 words of a block.
const load = (b, at, little) => {
  const view = new DataView(b.buffer, b.byteOffset + at, 64);
  for (let t = 0; t < 16; t++) W[t] = view.getInt32(4 * t, little);
};

// SHA-256 takes its constants from the fractions of roots of primes. None is so
// near to the next word that it matters if the last 12 bits of Math.cbrt, of
// which the language promises none, are wrong.
const primes = [];
for (let n = 2; primes.length < 64; n++) if (primes.every((p) => n % p)) primes.push(n);
const K256 = Int32Array.from(primes, (p) => Math.cbrt(p) * 2 ** 32);
const sha256 = words(primes.slice(0, 8).map((p) => Math.sqrt(p) * 2 ** 32), (s, block, at) => {
  load(block, at);
  for (let t = 16; t < 64; t++) {
    const x = W[t - 15], y = W[t - 2];
    W[t] = W[t - 16] + W[t - 7] + ((x >>> 7 | x << 25) ^ (x >>> 18 | x << 14) ^ x >>> 3) +
      ((y >>> 17 | y << 15) ^ (y >>> 19 | y << 13) ^ y >>> 10);
  }
  let a = s[0], b = s[1], c = s[2], d = s[3], e = s[4], f = s[5], g = s[6], h = s[7];
  for (let t = 0; t < 64; t++) {
    const x = h + ((e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7)) + (g ^ e & (f ^ g)) + K256[t] + W[t] | 0;
    const y = ((a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10)) + (a & b | c & (a | b)) | 0;
    h = g; g = f; f = e; e = d + x | 0; d = c; c = b; b = a; a = x + y | 0;
  }
  s[0] += a; s[1] += b; s[2] += c; s[3] += d; s[4] += e; s[5] += f; s[6] += g; s[7] += h;
});

const hashes = { sha256 };
