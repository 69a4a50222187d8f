// Part of the certificate of a record of evidence. The page carries the record,
// which names files by their SHA-256; it was hashed when the page checked itself.

// named says which of them has that digest, in hex, "" for none.
const named = (digest, date) => {
  const { attachments, infrastructure } = JSON.parse(new TextDecoder().decode(unbase64(data.files.document.base64)));
  const file = [...attachments, ...Object.values(infrastructure)].find((f) => f.sha256 === digest);
  return file ? say("named.file", file) + " " + say("named." + data.state, { date }) : "";
};
