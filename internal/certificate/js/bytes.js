// Files, read in pieces, and bytes.

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
