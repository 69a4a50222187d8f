// The parser of proofs.

// fail says at which byte a file broke which rule. kind is notproof, truncated,
// trailing or malformed where no client reads the file; version, filehash,
// unknownop or toolarge where it is beyond this one.
const fail = (kind, at) => { throw Object.assign(new Error(`byte ${at}: ${kind}`), { kind, at }); };

const magic = "\0OpenTimestamps\0\0Proof\0\xbf\x89\xe2\xe8\x84\xe8\x92\x94";
const ops = {
  2: ["sha1", 20], 3: ["ripemd160", 20], 8: ["sha256", 32], 0x67: ["keccak256", 32],
  0xf0: ["append"], 0xf1: ["prepend"], 0xf2: ["reverse"], 0xf3: ["hexlify"]
};
const kinds = {
  "83dfe30d2ef90c8e": "pending", "0588960d73d71901": "bitcoin",
  "06869a0d73d71b45": "litecoin", "30fe8087b5c7ead7": "ethereum"
};

const apply = (name, arg, msg) => {
  switch (name) {
    case "append": return join(msg, arg);
    case "prepend": return join(arg, msg);
    case "reverse": return msg.slice().reverse();
    case "hexlify": return codes(hex(msg));
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
    const a = { kind, height: null, uri: "", tag };
    if (kind === "unknown") return { a: { ...a, payload }, order: tag + text(payload) };
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
// null without), uri ("" without), tag (hex), payload where it is unknown, msg
// and ops, the operations from the digest to msg: {name, arg, result}.
const parse = (input) => {
  const { hash, root } = read(Uint8Array.from(input));
  const messages = new Map(), claims = new Map();
  // Claims share their steps, of which ops makes a list only when it is asked:
  // a file may hold thousands of claims below hundreds of operations.
  const collect = ({ msg, attestations, branches }, last) => {
    const bytes = attestations.length ? text(msg) : "";
    if (!messages.has(bytes)) messages.set(bytes, messages.size);
    for (const { a, order } of inOrder(attestations)) {
      const key = messages.get(bytes) + " " + order;
      if (claims.has(key)) continue;
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
      if (branches[i + 1]?.order !== order) collect(child, { up: last, op });
    });
  };
  collect(root, null);
  return { hash, digest: root.msg, claims: [...claims.values()] };
};
