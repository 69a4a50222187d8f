// Part of the certificate of a record of evidence. The page carries the record,
// which names files by their SHA-256; it was hashed when the page checked itself.

// ofRecord says in a line which of them has that digest, in hex. Where none has, the
// line is empty, and others say so: of a file that goes by the name of some, which
// digests the record has for these.
const ofRecord = (name, sum, date) => {
  const { attachments, infrastructure } = JSON.parse(new TextDecoder().decode(unbase64(data.files.document.base64)));
  const files = [...Object.values(infrastructure), ...attachments], file = files.find((f) => f.sha256 === sum);
  if (file) return [say("named.file", file) + " " + say(data.regtest && date ? "named.regtest" : "named." + data.state, { date })];
  const namesakes = files.filter((f) => f.name === name || f.name === name.replace(/^[0-9a-f]{12}-/, ""));
  return ["", say("named.none", { n: files.length }), ...namesakes.flatMap((f) => [say("named.other", f), ["sha256 " + say("named.digest"), f.sha256]])];
};
