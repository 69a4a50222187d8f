// Files, read in pieces, and bytes.

const hashFile = async (blob, name, progress) => {
  const hash = hashes[name]();
  for (let at = 0; at < blob.size;) {
    const bytes = new Uint8Array(await blob.slice(at, at + 0x400000).arrayBuffer());
    if (!bytes.length) throw new Error("the file has shrunk");
    hash.update(bytes);
    progress(at += bytes.length, blob.size);
  }
  return hash.digest();
};

const hex = (bytes) => Array.from(bytes, (b) => (b + 256).toString(16).slice(1)).join("");
const display = (bytes) => hex(Uint8Array.from(bytes).reverse());
const equal = (a, b) => hex(a) === hex(b);
const text = (bytes) => String.fromCharCode(...bytes);
const codes = (chars) => Uint8Array.from(chars, (c) => c.charCodeAt(0));
const join = (a, b) => Uint8Array.of(...a, ...b);
