// The check of block headers.

// The target of a difficulty. A shift by less than nothing goes the other way.
const target = (bits) => BigInt(bits & 0x7fffff) << BigInt(8 * ((bits >>> 24) - 3));

// checkHeader says whether a header's hash meets the difficulty that it
// states itself, which makes it consistent, not a block of the chain. why is
// "" or size (not 80 bytes), bits (no difficulty) or work; time is in seconds.
const checkHeader = (header) => {
  if (header.length !== 80) return { why: "size" };
  const view = new DataView(Uint8Array.from(header).buffer);
  const hash = sha256().update(sha256().update(header).digest()).digest();
  const bits = view.getUint32(72, true), most = target(bits);
  const why = !most || bits & 0x800000 || most >> 256n ? "bits" : BigInt("0x" + display(hash)) > most ? "work" : "";
  return { hash, root: header.slice(36, 68), time: view.getUint32(68, true), bits, why };
};
