// The core of the verifier: hash functions, the parser of .ots files and the
// check of block headers. It judges a file as package ots does, byte for byte,
// and no less strictly: a test runs both over the same proofs. It needs nothing
// but the language, so that it runs in any browser, from file: too, and in node.
//
//   sha256(), sha1(), ripemd160(), keccak256()
//       a hash: update(Uint8Array), which returns it, and digest(), which ends it
//   hashFile(blob, names, progress)
//       a promise of the blob's digests, read 4 MiB at a time; progress(read,
//       size) is called after each, and may throw to stop
//   parse(Uint8Array)
//       {hash, digest, claims, duplicates, hidden}, or throws an OtsError
//   checkHeader(Uint8Array)
//       {hash, root, time, bits, ok, why}
//   hex(bytes), display(bytes), equal(a, b)
//       hexadecimal, the same backwards as block hashes are shown, comparison
//
// Bytes are Uint8Arrays; hashes and roots are in internal order. Comments take
// whole lines: they are left out of the page.
"use strict";
const otsCore = (() => {
  // ---- Hash functions

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
    const out = new Uint8Array(n);
    for (let i = 0; i < n; i++) out[i] = state[i >> 2] >>> 8 * (little ? i & 3 : 3 - (i & 3));
    return out;
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
      // A shift takes its operand modulo 2^32, which is right for the low word.
      view.setUint32(little ? 56 : 60, total << 3, little);
      view.setUint32(little ? 60 : 56, Math.floor(total / 0x20000000), little);
      compress(state, rest, 0);
      return unpack(state, 4 * state.length, little);
    });
  };

  const digits = (text) => Uint8Array.from(text, (c) => parseInt(c, 16));
  const W = new Int32Array(80);

  // load fills W with the 16 words of a block; first is where in a word its
  // highest byte stands, 0 or 3.
  const load = (b, i, first) => {
    for (let t = 0; t < 16; t++, i += 4) {
      W[t] = b[i + first] << 24 | b[i + (1 ^ first)] << 16 | b[i + (2 ^ first)] << 8 | b[i + (3 ^ first)];
    }
  };

  // SHA-256 takes its constants from the fractions of roots of primes. None is so
  // near to the next word that it matters if the last 12 bits of Math.cbrt, of
  // which the language promises none, are wrong.
  const primes = [];
  for (let n = 2; primes.length < 64; n++) if (primes.every((p) => n % p)) primes.push(n);
  const K256 = Int32Array.from(primes, (p) => Math.cbrt(p) * 2 ** 32);
  const start256 = primes.slice(0, 8).map((p) => Math.sqrt(p) * 2 ** 32);

  const sha256 = words(start256, (s, block, at) => {
    load(block, at, 0);
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

  const start160 = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
  // The constants of SHA-1 are square roots; those of RIPEMD-160, five for each
  // of its lines, cube roots too.
  const K1 = Int32Array.of(0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6);
  const K160 = Int32Array.of(0, 0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xa953fd4e,
    0x50a28be6, 0x5c4dd124, 0x6d703ef3, 0x7a6d76e9, 0);

  const sha1 = words(start160, (s, block, at) => {
    load(block, at, 0);
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

  // Which word each step takes and how far it turns: 80 steps of the left line,
  // 80 of the right one.
  const taken = digits("0123456789abcdef74d1a6f3c0952eb83ae49f812706db5c19ba08c4d37fe56240597c2ae138b6fd" +
    "5e7092b4d6f81a3c6b370d5aef8c4912f5137e69b8c2a04d86413bf05c2d97aecfa4158762de039b");
  const turned = digits("befc5879bdef6798768db97f7cf9b7dcbd67e9dfe8d65c75bcefef989e56865c9f5b68dc5cdeb856" +
    "899bdff5778beec69df7c89b77c76fdb97fb866ecd5edd75f58bee6e69c9c5f885c9c5e68d65fdbb");
  const mix = (f, x, y, z) => f === 0 ? x ^ y ^ z : f === 1 ? z ^ x & (y ^ z) : f === 2 ? (x | ~y) ^ z :
    f === 3 ? y ^ z & (x ^ y) : x ^ (y | ~z);
  const line = (s, right) => {
    let [a, b, c, d, e] = s;
    for (let t = 0; t < 80; t++) {
      const round = t >> 4, step = 80 * right + t, n = turned[step];
      const x = a + mix(right ? 4 - round : round, b, c, d) + W[taken[step]] + K160[5 * right + round] | 0;
      a = e; e = d; d = c << 10 | c >>> 22; c = b; b = (x << n | x >>> 32 - n) + a | 0;
    }
    return [a, b, c, d, e];
  };
  const ripemd160 = words(start160, (s, block, at) => {
    load(block, at, 3);
    const l = line(s, 0), r = line(s, 1);
    s.set([1, 2, 3, 4, 0].map((i) => s[i] + l[(i + 1) % 5] + r[(i + 2) % 5]));
  }, true);

  // A lane of Keccak is two words, the low one first. lanes and turns are the
  // order and the rotations of its steps rho and pi, flips the bits of iota.
  const lanes = [10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1];
  const turns = lanes.map((_, i) => (i + 1) * (i + 2) / 2 % 64);
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
        const at = 2 * lanes[i], n = turns[i] & 31;
        if (turns[i] > 31) [lo, hi] = [hi, lo];
        const l = n ? lo << n | hi >>> 32 - n : lo, h = n ? hi << n | lo >>> 32 - n : hi;
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
      for (let i = 0; i < 136; i++) s[i >> 2] ^= b[at + i] << 8 * (i & 3);
      permute(s);
    };
    return blocks(136, absorb, (rest, n) => {
      rest[n] = 1;
      rest[135] |= 0x80;
      absorb(rest, 0);
      return unpack(s, 32, true);
    });
  };

  const hashes = { sha1, ripemd160, sha256, keccak256 };

  const hashFile = async (blob, names, progress) => {
    const all = names.map((name) => hashes[name]());
    for (let at = 0; at < blob.size;) {
      const bytes = new Uint8Array(await blob.slice(at, at + 0x400000).arrayBuffer());
      if (!bytes.length) throw new Error("the file became shorter");
      for (const h of all) h.update(bytes);
      at += bytes.length;
      if (progress) progress(at, blob.size);
    }
    return all.map((h) => h.digest());
  };

  // ---- Bytes

  const hex = (bytes) => Array.from(bytes, (b) => (b + 256).toString(16).slice(1)).join("");
  const display = (bytes) => hex(Uint8Array.from(bytes).reverse());
  const equal = (a, b) => a.length === b.length && a.every((v, i) => v === b[i]);
  const text = (bytes) => String.fromCharCode(...bytes);
  const join = (a, b) => {
    const all = new Uint8Array(a.length + b.length);
    all.set(a);
    all.set(b, a.length);
    return all;
  };
  const compare = (x, y) => x < y ? -1 : x > y ? 1 : 0;

  // ---- Proofs

  // An OtsError says at which byte a file broke which rule. kind is notproof,
  // truncated, trailing or malformed where no client reads the file; version,
  // filehash, unknownop or toolarge where it is beyond this one.
  class OtsError extends Error {
    constructor(kind, at) {
      super(`byte ${at}: ${kind}`);
      this.kind = kind;
      this.at = at;
    }
  }
  const fail = (kind, at) => { throw new OtsError(kind, at); };

  // The limits of package ots: the first four are the format's.
  const maxMessage = 4096, maxDepth = 255, maxPayload = 8192, maxURI = 1000;
  const maxProof = 1 << 20, maxNodes = 20000, maxMessageBytes = 16 << 20;

  const magic = "\0OpenTimestamps\0\0Proof\0\xbf\x89\xe2\xe8\x84\xe8\x92\x94";
  const names = {
    2: "sha1", 3: "ripemd160", 8: "sha256", 0x67: "keccak256",
    0xf0: "append", 0xf1: "prepend", 0xf2: "reverse", 0xf3: "hexlify",
  };
  const sizes = { sha1: 20, ripemd160: 20, sha256: 32, keccak256: 32 };
  const kinds = {
    "83dfe30d2ef90c8e": "pending", "0588960d73d71901": "bitcoin",
    "06869a0d73d71b45": "litecoin", "30fe8087b5c7ead7": "ethereum",
  };

  const apply = (name, arg, msg) => {
    switch (name) {
      case "append": return join(msg, arg);
      case "prepend": return join(arg, msg);
      case "reverse": return msg.slice().reverse();
      case "hexlify": return Uint8Array.from(hex(msg), (c) => c.charCodeAt(0));
    }
    return hashes[name]().update(msg).digest();
  };

  // read returns the file hash and the tree of a proof as they stand in it.
  const read = (bytes) => {
    let at = 0, end = bytes.length, short = "truncated", items = 0, used = 0;
    const byte = () => at < end ? bytes[at++] : fail(short, at);
    const take = (n) => {
      if (n > end - at) fail(short, end);
      at += n;
      return bytes.slice(at - n, at);
    };
    // A number past 2^53 is a BigInt, one past 63 bits is refused.
    const varuint = () => {
      const from = at;
      let v = 0n;
      for (let shift = 0n; ; shift += 7n) {
        const b = byte();
        if (shift < 63n) v |= BigInt(b & 127) << shift;
        else if (b & 127) fail("toolarge", from);
        if (b < 128) return v > Number.MAX_SAFE_INTEGER ? v : Number(v);
      }
    };
    const varbytes = (low, high) => {
      const from = at, n = varuint();
      if (n < low || n > high) fail("malformed", from);
      return take(n);
    };

    const attestation = () => {
      const tag = hex(take(8)), payload = varbytes(0, maxPayload), kind = kinds[tag] || "unknown";
      const a = { kind, height: null, uri: "", tag, payload, order: "" };
      if (kind === "unknown") {
        a.order = text(payload);
        return a;
      }
      // Inside the payload a missing byte is a broken rule: the file goes on.
      [at, end, short] = [at - payload.length, at, "malformed"];
      const from = at, n = varuint(), head = at;
      if (kind === "pending") {
        if (n > maxURI) fail("malformed", from);
        a.order = a.uri = text(take(n));
        if (!/^[A-Za-z0-9._\/:-]*$/.test(a.uri)) fail("malformed", head);
      } else {
        a.order = a.height = n;
      }
      if (at < end) fail("malformed", at);
      // The payload is kept with the number in as few bytes as it needs.
      const minimal = [];
      let rest = BigInt(n);
      for (; rest > 127n; rest >>= 7n) minimal.push(Number(rest & 127n) | 128);
      a.payload = join([...minimal, Number(rest)], bytes.subarray(head, at));
      [end, short] = [bytes.length, "truncated"];
      return a;
    };

    const branch = (node, tag, depth) => {
      const from = at - 1, name = names[tag];
      const arg = tag === 0xf0 || tag === 0xf1 ? varbytes(1, maxMessage) : new Uint8Array(0);
      if (!name) fail("unknownop", from);
      const n = sizes[name] || node.msg.length * (name === "hexlify" ? 2 : 1) + arg.length;
      if (n > maxMessage || depth > maxDepth) fail("malformed", from);
      if (used + n > maxMessageBytes) fail("toolarge", from);
      const child = leaf(apply(name, arg, node.msg));
      node.branches.push({ name, arg, child, order: text([tag, ...arg]) });
      tree(child, depth);
    };

    const leaf = (msg) => {
      used += msg.length;
      return { msg, attestations: [], branches: [] };
    };

    const tree = (node, depth) => {
      for (let more = true; more;) {
        let tag = byte();
        more = tag === 0xff;
        if (more && (tag = byte()) === 0xff) fail("malformed", at - 1);
        if (++items > maxNodes) fail("toolarge", at - 1);
        if (tag) branch(node, tag, depth + 1);
        else node.attestations.push(attestation());
      }
    };

    if (end > maxProof) fail("toolarge", maxProof);
    const begin = text(bytes.subarray(0, magic.length));
    if (begin !== magic) {
      if (begin && magic.startsWith(begin)) fail("truncated", end);
      fail("notproof", 0);
    }
    at = magic.length;
    if (byte() !== 1) fail("version", at - 1);
    const tag = byte();
    if (tag !== 2 && tag !== 3 && tag !== 8) fail("filehash", at - 1);
    const hash = names[tag], root = leaf(take(sizes[hash]));
    tree(root, 0);
    if (at < end) fail("trailing", at);
    return { hash, root };
  };

  // visible returns the branches in the order of writing, of identical
  // operations only the last one's, as the reference client reads them.
  const visible = (node) => {
    const sorted = node.branches.slice().sort((a, b) => compare(a.order, b.order));
    return sorted.filter((b, i) => i + 1 === sorted.length || sorted[i + 1].order !== b.order);
  };

  // claim joins an attestation, the message it attests and the last step there.
  // Claims share their steps, of which ops makes a list when it is asked: a file
  // may hold thousands of claims below hundreds of operations.
  const claim = ({ kind, height, uri, tag, payload }, msg, last) => ({
    kind, height, uri, tag, payload, msg,
    get ops() {
      const ops = [];
      for (let s = last; s; s = s.up) ops.unshift({ name: s.name, arg: s.arg, result: s.result });
      return ops;
    },
  });

  // parse returns what a proof claims as the reference client reads it, in the
  // order of writing, equal claims once. A claim has kind (bitcoin, pending,
  // litecoin, ethereum, unknown), height (a Number; a BigInt past 2^53; null
  // without), uri ("" without), tag (hex), payload, msg and ops. duplicates says
  // that a node has two identical operations, of which others read the last, and
  // hidden how many claims stand below the others alone.
  const parse = (input) => {
    const { hash, root } = read(Uint8Array.from(input));
    const messages = new Map();
    let duplicates = false;
    const collect = (claims, node, step, seen) => {
      if (node.attestations.length) {
        const msg = text(node.msg);
        if (!messages.has(msg)) messages.set(msg, messages.size);
        node.attestations.sort((a, b) => compare(a.tag, b.tag) || compare(a.order, b.order));
        for (const a of node.attestations) {
          const key = `${messages.get(msg)} ${a.tag} ${text(a.payload)}`;
          if (!claims.has(key)) claims.set(key, claim(a, node.msg, step));
        }
      }
      const last = visible(node);
      if (last.length < node.branches.length) duplicates = true;
      for (const b of seen ? last : node.branches) {
        collect(claims, b.child, { up: step, name: b.name, arg: b.arg, result: b.child.msg }, seen);
      }
    };
    const all = new Map(), claims = new Map();
    collect(all, root, null, false);
    collect(claims, root, null, true);
    return { hash, digest: root.msg, claims: [...claims.values()], duplicates, hidden: all.size - claims.size };
  };

  // ---- Headers

  // checkHeader says whether a header's hash meets the difficulty that it
  // states itself, which makes it consistent, not a block of the chain. why is
  // "" or size (not 80 bytes), bits (no difficulty) or work; time is in seconds.
  const checkHeader = (header) => {
    if (header.length !== 80) return { ok: false, why: "size" };
    const view = new DataView(Uint8Array.from(header).buffer);
    const hash = sha256().update(sha256().update(header).digest()).digest();
    const bits = view.getUint32(72, true), mantissa = bits & 0x7fffff, size = bits >>> 24;
    const target = size < 3 ? BigInt(mantissa >>> 8 * (3 - size)) : BigInt(mantissa) << BigInt(8 * (size - 3));
    let why = "";
    if (!target || bits & 0x800000 || target >> 256n) why = "bits";
    else if (BigInt("0x" + display(hash)) > target) why = "work";
    return { hash, root: header.slice(36, 68), time: view.getUint32(68, true), bits, ok: !why, why };
  };

  return { ...hashes, hashFile, parse, OtsError, checkHeader, hex, display, equal };
})();
if (typeof module === "object") module.exports = otsCore;
