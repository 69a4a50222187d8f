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

  // ---- Rare hash functions, left out of a certificate whose proof has none

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

  const digits = (text) => Uint8Array.from(text, (c) => parseInt(c, 16));
  // Which word each step takes and how far it turns: 80 steps of the left line,
  // 80 of the right one.
  const taken = digits("0123456789abcdef74d1a6f3c0952eb83ae49f812706db5c19ba08c4d37fe56240597c2ae138b6fd" +
    "5e7092b4d6f81a3c6b370d5aef8c4912f5137e69b8c2a04d86413bf05c2d97aecfa4158762de039b");
  const turned = digits("befc5879bdef6798768db97f7cf9b7dcbd67e9dfe8d65c75bcefef989e56865c9f5b68dc5cdeb856" +
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

  // ---- Files

  const hashFile = async (blob, names, progress) => {
    const all = names.map((name) => hashes[name]());
    for (let at = 0; at < blob.size;) {
      const bytes = new Uint8Array(await blob.slice(at, at + 0x400000).arrayBuffer());
      if (!bytes.length) throw new Error("the file has shrunk");
      for (const h of all) h.update(bytes);
      at += bytes.length;
      progress?.(at, blob.size);
    }
    return all.map((h) => h.digest());
  };

  // ---- Bytes

  const hex = (bytes) => Array.from(bytes, (b) => (b + 256).toString(16).slice(1)).join("");
  const display = (bytes) => hex(Uint8Array.from(bytes).reverse());
  const equal = (a, b) => hex(a) === hex(b);
  const text = (bytes) => String.fromCharCode(...bytes);
  const join = (a, b) => {
    const all = new Uint8Array(a.length + b.length);
    all.set(a);
    all.set(b, a.length);
    return all;
  };

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

  const magic = "\0OpenTimestamps\0\0Proof\0\xbf\x89\xe2\xe8\x84\xe8\x92\x94";
  const ops = {
    2: ["sha1", 20], 3: ["ripemd160", 20], 8: ["sha256", 32], 0x67: ["keccak256", 32],
    0xf0: ["append"], 0xf1: ["prepend"], 0xf2: ["reverse"], 0xf3: ["hexlify"],
  };
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

  // read returns the file hash and the tree of a proof as they stand in it. Past
  // a limit of the format a file is malformed, past one of ours it is toolarge.
  const read = (bytes) => {
    let at = 0, end = bytes.length, short = "truncated", items = 0, used = 0;
    const byte = () => at < end ? bytes[at++] : fail(short, at);
    const take = (n) => {
      if (n > end - at) fail(short, end);
      return bytes.slice(at, at += n);
    };
    // A number past 2^53 is a BigInt, one past 63 bits is refused.
    const varuint = () => {
      const from = at;
      let v = 0n;
      for (let shift = 0n; ; shift += 7n) {
        const b = byte();
        if (shift < 63n) v |= BigInt(b & 127) << shift;
        else if (b & 127) fail("toolarge", from);
        if (b < 128) return v >> 53n ? v : Number(v);
      }
    };
    const varbytes = (low, high) => {
      const from = at, n = varuint();
      if (n < low || n > high) fail("malformed", from);
      return take(n);
    };

    // What stands in a node has an order, a string: that of writing, and equal for
    // what is equal.
    const attestation = () => {
      const tag = hex(take(8)), payload = varbytes(0, 8192), kind = kinds[tag] || "unknown";
      const a = { kind, height: null, uri: "", tag, payload };
      if (kind === "unknown") return { a, order: tag + text(payload) };
      // Inside the payload a missing byte is a broken rule: the file goes on.
      [at, end, short] = [at - payload.length, at, "malformed"];
      const from = at, n = varuint(), head = at;
      if (kind === "pending") {
        if (n > 1000) fail("malformed", from);
        a.uri = text(take(n));
        if (!/^[\w.\/:-]*$/.test(a.uri)) fail("malformed", head);
      } else {
        a.height = n;
      }
      if (at < end) fail("malformed", at);
      // The payload is kept with the number in as few bytes as it needs.
      const minimal = [];
      for (let v = BigInt(n); v || !minimal.length; v >>= 7n) minimal.push(Number(v & 127n) | (v > 127n) << 7);
      a.payload = join(minimal, bytes.subarray(head, at));
      [end, short] = [bytes.length, "truncated"];
      return { a, order: tag + (kind === "pending" ? a.uri : n.toString(16).padStart(16, "0")) };
    };

    const branch = (node, tag, depth) => {
      const from = at - 1;
      const arg = tag === 0xf0 || tag === 0xf1 ? varbytes(1, 4096) : new Uint8Array(0);
      const [name, size] = ops[tag] || fail("unknownop", from);
      if (size && !hashes[name]) fail("unknownop", from);
      const n = size || node.msg.length * (name === "hexlify" ? 2 : 1) + arg.length;
      if (n > 4096 || depth > 255) fail("malformed", from);
      if ((used += n) > 16 << 20) fail("toolarge", from);
      // What is the same is hashed once: a file may hold thousands of them.
      const order = text([tag, ...arg]), result = node.done[order] ??= apply(name, arg, node.msg), child = leaf(result);
      node.branches.push({ op: { name, arg, result }, child, order });
      tree(child, depth);
    };

    const leaf = (msg) => ({ msg, attestations: [], branches: [], done: {} });

    const tree = (node, depth) => {
      for (let more = true; more;) {
        let tag = byte();
        more = tag === 0xff;
        if (more && (tag = byte()) === 0xff) fail("malformed", at - 1);
        if (++items > 20000) fail("toolarge", at - 1);
        if (tag) branch(node, tag, depth + 1);
        else node.attestations.push(attestation());
      }
    };

    if (end > 1 << 20) fail("toolarge", 1 << 20);
    const begin = text(bytes.subarray(0, magic.length));
    if (begin !== magic) fail(...begin && magic.startsWith(begin) ? ["truncated", end] : ["notproof", 0]);
    at = magic.length;
    if (byte() !== 1) fail("version", at - 1);
    const tag = byte();
    if (![2, 3, 8].includes(tag)) fail("filehash", at - 1);
    const [hash, size] = ops[tag], root = leaf(take(size));
    used = size;
    tree(root, 0);
    if (at < end) fail("trailing", at);
    return { hash, root };
  };

  const inOrder = (items) => items.sort((a, b) => (a.order > b.order) - (a.order < b.order));

  // parse returns what a proof claims as the reference client reads it: of
  // several identical operations in one node only the last one's branch. Claims
  // come in the order of writing, equal ones once. A claim has kind (bitcoin,
  // pending, litecoin, ethereum, unknown), height (a Number; a BigInt past 2^53;
  // null without), uri ("" without), tag (hex), payload, msg and ops, the
  // operations from the digest to msg: {name, arg, result}. duplicates says that
  // a node has identical operations, hidden how many claims are not read for it.
  const parse = (input) => {
    const { hash, root } = read(Uint8Array.from(input));
    const messages = new Map(), all = new Set(), claims = new Map();
    let duplicates = false;
    // Claims share their steps, of which ops makes a list only when it is asked:
    // a file may hold thousands of claims below hundreds of operations.
    const collect = ({ msg, attestations, branches }, last, seen) => {
      const bytes = attestations.length ? text(msg) : "";
      if (!messages.has(bytes)) messages.set(bytes, messages.size);
      for (const { a, order } of inOrder(attestations)) {
        const key = messages.get(bytes) + " " + order;
        all.add(key);
        if (!seen || claims.has(key)) continue;
        claims.set(key, {
          ...a, msg,
          get ops() {
            const path = [];
            for (let step = last; step; step = step.up) path.unshift(step.op);
            return path;
          },
        });
      }
      inOrder(branches).forEach(({ op, child, order }, i) => {
        const again = i + 1 < branches.length && branches[i + 1].order === order;
        duplicates ||= again;
        collect(child, { up: last, op }, seen && !again);
      });
    };
    collect(root, null, true);
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
    // A shift by less than nothing goes the other way.
    const bits = view.getUint32(72, true), target = BigInt(bits & 0x7fffff) << BigInt(8 * ((bits >>> 24) - 3));
    const why = !target || bits & 0x800000 || target >> 256n ? "bits" : BigInt("0x" + display(hash)) > target ? "work" : "";
    return { hash, root: header.slice(36, 68), time: view.getUint32(68, true), bits, ok: !why, why };
  };

  return { ...hashes, hashFile, parse, OtsError, checkHeader, hex, display, equal };
})();
if (typeof module === "object") module.exports = otsCore;
