// The verifier: a document and a proof, in any order, then the block's header,
// pasted or, on the online page, asked of two explorers on a click.

const refusal = (error) => "kind" in error ? say("err." + error.kind) : error.message;
const given = { file: null, proof: null };
// pair is the proof and its blocks' heights while the document that lies there
// is the one that it is for.
let pair = null;
const isProof = (file) => /\.ots$/i.test(file.name);
const checkBoth = async (files) => {
  const box = el("result"), headers = el("headers"), live = begin();
  pair = null;
  headers.hidden = true;
  el("compared").replaceChildren();
  for (const file of files) {
    if (!isProof(file)) {
      given.file = file;
      continue;
    }
    given.proof = null;
    try {
      const bytes = new Uint8Array(await file.slice(0, 1048577).arrayBuffer());
      if (!live()) return;
      given.proof = parse(bytes);
    } catch (error) {
      if (live()) show(box, "bad", say("proof.bad", { why: refusal(error) }));
      return;
    }
  }
  const { file, proof } = given;
  if (!proof) return show(box, "wait", say("need.proof"));
  if (!file) return show(box, "wait", say("need.document"));
  const { digest, why } = await digestOf(file, proof, live) || {};
  if (!live()) return;
  if (why) return show(box, "bad", why);
  if (!equal(digest, proof.digest)) return show(box, "bad", say("other"), ...digests(digest, proof));
  const heights = [...new Set(inBlocks(proof).map((c) => c.height))];
  if (!heights.length) return show(box, "wait", say("same.pending"), [proof.hash, hex(digest)]);
  // A claim may be made up, so that every one is worth a look, but not without end.
  pair = { proof, heights: heights.slice(0, 64) };
  const height = heights.slice(0, 8).join(", ") + (heights.length > 8 ? ", …" : "");
  show(box, "wait", say(el("ask") ? "same.online" : "same.claims", { height }), [proof.hash, hex(digest)]);
  for (const e of document.querySelectorAll(".height")) e.textContent = heights[0];
  headers.hidden = false;
};

// confirm says what follows from a header that the reader vouches for.
const confirm = ({ header }, whose) => {
  const line = say("same.confirmed", { date: latest(header) });
  show(el("compared"), "good", line, whose, ["", display(header.hash)]);
  show(el("result"), "good", line);
};

const compareHeader = () => {
  const bytes = pastedHeader();
  if (!bytes || !pair) return;
  begin();
  const found = claimOf(pair.proof, bytes);
  if (found.why) show(el("compared"), "bad", say(found.why, { height: found.height }));
  else confirm(found, say("pasted"));
};

const get = async (site, path) => {
  const answer = await fetch(`https://${site}/api/${path}`, { credentials: "omit", referrerPolicy: "no-referrer", signal: AbortSignal.timeout(15000) });
  const digits = answer.ok ? (await answer.text()).trim() : "";
  if (!/^[0-9a-f]{64,160}$/.test(digits)) throw new Error(`${answer.status}`);
  return digits;
};

// askFor asks both sites for the block at a height. It returns what fits, and
// adds why the rest does not.
const askFor = async (proof, height, whys) => {
  const answers = [];
  for (const site of ["blockstream.info", "mempool.space"]) {
    try {
      const header = await get(site, `block/${await get(site, `block-height/${height}`)}/header`);
      const found = claimOf(proof, unhex(header), height);
      if (found.why) whys.push(`${site}: ${say(found.why, { height })}`);
      else answers.push({ site, header, found });
    } catch (error) {
      whys.push(`${site}: ${height}: ${error.message}`);
    }
  }
  return answers;
};

// ask takes the earliest block that both sites have.
const ask = async () => {
  if (!pair) return;
  const { proof, heights } = pair, box = el("compared"), live = begin(), whys = [];
  let one;
  for (const height of heights) {
    show(box, "wait", say("asking", { height }));
    const [a, b] = await askFor(proof, height, whys);
    if (!live()) return;
    if (b && a.header === b.header) return confirm(b.found, say("asked", { sources: `${a.site}, ${b.site}` }));
    if (a && !b) one ||= a.site;
  }
  show(box, "wait", one ? say("asked.one", { sources: one }) : say("asked.none"), ...whys.slice(0, 8));
};

onFiles(checkBoth);
on(el("compare"), "click", compareHeader);
if (el("ask")) on(el("ask"), "click", ask);
