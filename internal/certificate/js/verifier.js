// The verifier: a document and a proof, in any order, then the block's header,
// pasted or, on the online page, asked of two explorers on a click.
"use strict";
(() => {
  const { el, say, unhex, blocks, fit, latest, show, stop, digestOf, differs, pastedHeader, onFiles } = page;
  const { parse, hex, display, equal } = otsCore;

  const refusal = (error) => "kind" in error ? say("err." + error.kind) : error.message;
  const given = { file: null, proof: null };
  const isProof = (file) => /\.ots$/i.test(file.name);
  const checkBoth = async (files) => {
    const box = el("result"), headers = el("headers");
    for (const file of files) {
      if (!isProof(file)) {
        given.file = file;
        continue;
      }
      given.proof = null;
      headers.hidden = true;
      try {
        given.proof = parse(new Uint8Array(await file.slice(0, 1048577).arrayBuffer()));
      } catch (error) {
        stop();
        return show(box, "bad", say("proof.bad", { why: refusal(error) }));
      }
    }
    const { file, proof } = given;
    if (!proof) return show(box, "wait", say("need.proof"));
    if (!file) return show(box, "wait", say("need.document"));
    headers.hidden = true;
    const digest = await digestOf(file, proof);
    if (!digest) return;
    if (!equal(digest, proof.digest)) return differs(box, digest, proof);
    const [first] = blocks(proof);
    if (!first) return show(box, "wait", say("same.pending"), [proof.hash, hex(digest)]);
    show(box, "wait", say(el("ask") ? "same.online" : "same.claims", { height: first.height }), [proof.hash, hex(digest)]);
    for (const e of document.querySelectorAll(".height")) e.textContent = first.height;
    el("compared").replaceChildren();
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
    if (!bytes) return;
    const found = fit(given.proof, bytes);
    if (found.why) show(el("compared"), "bad", say(found.why, { height: found.height }));
    else confirm(found, say("pasted"));
  };

  const ask = async () => {
    const box = el("compared"), proof = given.proof, [first] = blocks(proof), names = [], whys = [];
    let found;
    show(box, "wait", say("asking", { height: first.height }));
    for (const site of ["blockstream.info", "mempool.space"]) {
      const get = async (path) => {
        const answer = await fetch(`https://${site}/api/${path}`, { credentials: "omit", referrerPolicy: "no-referrer", signal: AbortSignal.timeout(15000) });
        const text = answer.ok ? (await answer.text()).trim() : "";
        if (!/^[0-9a-f]{64,160}$/.test(text)) throw new Error(`${answer.status}`);
        return text;
      };
      try {
        const one = fit(proof, unhex(await get(`block/${await get(`block-height/${first.height}`)}/header`)), first.height);
        if (one.why) whys.push(`${site}: ${say(one.why, { height: first.height })}`);
        else names.push(site), found = one;
      } catch (error) {
        whys.push(`${site}: ${error.message}`);
      }
    }
    if (proof !== given.proof) return;
    if (names.length === 2) return confirm(found, say("asked", { sources: names.join(", ") }));
    show(box, "wait", names.length ? say("asked.one", { sources: names[0] }) : say("asked.none", { why: "" }), ...whys);
  };

  onFiles(checkBoth);
  el("compare").addEventListener("click", compareHeader);
  if (el("ask")) el("ask").addEventListener("click", ask);
})();
