// Part of the certificate of a record of evidence. The page carries the record,
// which names files by their SHA-256; it was hashed when the page checked itself.

// ofRecord says in a line which of them has that digest, in hex. Where none has, the
// line is empty, and others say so: of a file that goes by the name of some, which
// digests the record has for these.
const ofRecord = (name, sum, date) => {
  const { attachments, infrastructure } = JSON.parse(new TextDecoder().decode(unbase64(data.files.document.base64)));
  const files = [...Object.values(infrastructure), ...attachments], file = files.find((f) => f.sha256 === sum);
  const state = data.regtest && data.state === "confirmed" ? "regtest" : data.state;
  if (file) return [say("named.file", file) + " " + say("named." + state, { date })];
  const last = name.replace(/^[0-9a-f]{12}-/, ""), namesakes = files.filter((f) => f.name === name || f.name === last);
  const others = namesakes.flatMap((f) => [say("named.other", f), [`sha256 ${say("named.digest")}`, f.sha256]]);
  return ["", say("named.none", { n: files.length }), ...others];
};
