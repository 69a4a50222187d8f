// Answers questions about the core, whose path is the argument, one line each.
// A question on standard input is a letter, a length of four bytes (big-endian)
// and so many bytes; core_test.go says what the letters mean.
"use strict";
const fs = require("fs");
const { createHash } = require("crypto");
const core = require(process.argv[2]);
const { hex } = core;

const proof = (bytes) => {
  let p;
  try {
    p = core.parse(bytes);
  } catch (e) {
    if (!e.kind) throw e;
    return `refused ${e.kind} ${e.at}`;
  }
  const claims = p.claims.map((c) => {
    const ops = createHash("sha256");
    for (const o of c.ops) ops.update(`${o.name} ${hex(o.arg)} ${hex(o.result)}\n`);
    return `${c.kind},${c.height ?? "-"},${c.uri},${c.tag},${hex(c.payload ?? [])},${hex(c.msg)},${ops.digest("hex")}`;
  });
  return `accepted ${p.hash} ${hex(p.digest)} ${claims.join(" ")}`;
};

const header = (bytes) => {
  const h = core.checkHeader(bytes);
  return h.why === "size" ? "size" : `${core.display(h.hash)} ${hex(h.root)} ${h.time} ${h.bits} ${h.why}`;
};

// In pieces of odd sizes, which begin elsewhere for every length.
const pieces = [1, 63, 64, 65, 0, 127, 136, 3, 200, 135, 137, 1000];
const hash = (name, bytes) => {
  const h = core[name]();
  for (let at = 0, i = bytes.length; at < bytes.length; i++) {
    const n = pieces[i % pieces.length];
    h.update(bytes.subarray(at, at + n));
    at += n;
  }
  return hex(h.digest());
};

const file = async (bytes) => {
  const seen = [], blob = new Blob([bytes]);
  const digest = await core.hashFile(blob, "sha256", (at, size) => seen.push(`${at}/${size}`));
  const other = await core.hashFile(blob, "ripemd160", () => 0);
  const stop = () => { throw new Error("stopped"); };
  const stopped = await core.hashFile(blob, "sha256", stop).then(() => "done", (e) => e.message);
  return [hex(digest), hex(other), ...seen, stopped].join(" ");
};

// Bytes of zero, so many that their bits do not fit in 32 bits.
const zeros = (name, bytes) => {
  const piece = new Uint8Array(4 << 20), h = core[name](), began = process.cpuUsage().user;
  let rest = Number(bytes.readBigUInt64BE());
  const size = rest;
  for (; rest > 0; rest -= piece.length) h.update(piece.subarray(0, rest));
  const sum = hex(h.digest());
  return `${sum} ${Math.round(size / (process.cpuUsage().user - began))}`;
};

// Processor time, in ms, that a proof takes.
const cost = (bytes) => {
  const began = process.cpuUsage().user;
  const [verdict] = proof(bytes).split(" ");
  return `${verdict} ${Math.round((process.cpuUsage().user - began) / 1000)}`;
};

const answers = {
  p: proof,
  c: cost,
  h: header,
  f: file,
  1: (b) => hash("sha1", b),
  2: (b) => hash("sha256", b),
  3: (b) => hash("ripemd160", b),
  k: (b) => hash("keccak256", b),
  z: (b) => zeros("sha256", b),
  y: (b) => zeros("sha1", b),
};

const main = async () => {
  const questions = fs.readFileSync(0);
  for (let at = 0; at < questions.length;) {
    const letter = String.fromCharCode(questions[at]), n = questions.readUInt32BE(at + 1);
    at += 5 + n;
    let line;
    try {
      line = await answers[letter](questions.subarray(at - n, at));
    } catch (e) {
      line = `crashed ${String(e.stack).replace(/\n/g, " ")}`;
    }
    fs.writeSync(1, line + "\n");
  }
};
main();
