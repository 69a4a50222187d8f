// The page's part of the verifier: it compares what the page says with what the
// page carries, hashes what is dropped on it, and says what follows. Nothing
// that is not ours becomes anything but text. It sends nothing; the online
// verifier alone asks two explorers, on a click.
"use strict";
(() => {
  const { parse, hashFile, checkHeader, hex, display, equal } = otsCore;
  const el = (id) => document.getElementById(id);
  const all = (selector) => [...document.querySelectorAll(selector)];
  const texts = JSON.parse(el("texts").textContent);
  const data = JSON.parse(el("data").textContent);
  const say = (key, values = {}) => (texts["js." + key] || key).replace(/\{(\w+)\}/g, (all, name) => name in values ? values[name] : all);

  const unhex = (text) => Uint8Array.from(text.match(/../g) || [], (h) => parseInt(h, 16));
  const unbase64 = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const day = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 10);

  // The largest target, as compact bits, that Bitcoin allowed from each height
  // on: valid work at less costs a forger nothing.
  const floors = [[0, 0x1d00ffff], [100000, 0x1b04864c], [200000, 0x1a05db8b], [300000, 0x1900896c], [400000, 0x1806f0a8],
    [500000, 0x18009645], [600000, 0x171620d1], [700000, 0x170f48e4]];
  const target = (bits) => BigInt(bits & 0x7fffff) << BigInt(8 * Math.max(0, (bits >>> 24) - 3));
  const tooEasy = (height, bits) => !data.regtest && target(bits) > target(floors.filter(([from]) => from <= height).pop()[1]);

  const blocks = (proof) => proof.claims.filter((c) => c.kind === "bitcoin").sort((a, b) => Number(a.height) - Number(b.height));

  // fit looks for the claim that a header bears out. It returns {claim, header},
  // or {why}, the key of a sentence, and the height it is about.
  const fit = (proof, bytes, height) => {
    const header = checkHeader(bytes);
    if (header.why) return { why: header.why === "size" ? "header.size" : "header.work" };
    const claim = blocks(proof).find((c) => equal(c.msg, header.root) && (height === undefined || c.height === height));
    if (!claim) return { why: "header.other" };
    if (tooEasy(claim.height, header.bits)) return { why: "header.easy", height: claim.height };
    return { claim, header };
  };
  // The day that may be claimed: a miner's clock may lag by two hours.
  const latest = (header) => day(Math.max(header.time + 7200, data.notAfter || 0));

  // ---- What is shown

  const signs = { good: "✔", bad: "✘", wait: "…", note: "~" };
  // show replaces a box's content: a line with a sign, then others; a pair is a
  // label and what is shown in monospace.
  const show = (box, kind, ...lines) => {
    box.className = "result " + kind;
    box.replaceChildren(...lines.filter(Boolean).map((line, i) => {
      const p = document.createElement("p");
      if (i === 0) {
        const sign = document.createElement("span");
        sign.className = "sign";
        sign.setAttribute("aria-hidden", "true");
        sign.textContent = signs[kind];
        p.append(sign, " ", line);
      } else if (Array.isArray(line)) {
        const value = document.createElement("span");
        value.className = "mono";
        value.textContent = line[1];
        p.append(line[0] + " ", value);
      } else {
        p.textContent = line;
      }
      return p;
    }));
  };
  const refusal = (error) => "kind" in error ? say("err." + error.kind) : error.message;

  // ---- What the page carries

  const carried = { proof: null, claim: null, header: null };

  // examine reads the page's data and returns what its text must say.
  const examine = () => {
    const proof = carried.proof = parse(unbase64(data.proof));
    const digest = hex(proof.digest);
    const facts = { name: data.name, state: say("state." + data.state), digest, stamped: digest };
    if (data.state === "confirmed") {
      const bytes = unhex(data.header), found = fit(proof, bytes, data.height);
      if (found.why) throw new Error(say(found.why, { height: data.height, n: data.header.length }));
      Object.assign(carried, found);
      const { claim, header } = found;
      Object.assign(facts, {
        height: String(claim.height), hash: display(header.hash), root: display(header.root), header: hex(bytes),
        time: new Date(header.time * 1000).toISOString().slice(0, 19).replace("T", " ") + " UTC", date: latest(header),
      });
    } else if (data.state === "changed") {
      facts.digest = data.digest;
      if (data.digest === digest) throw new Error(say("state.changed"));
    } else if (data.state !== "pending") {
      throw new Error(data.state);
    }
    return facts;
  };

  // disagreements lists where the page's text is not what its data says.
  const disagreements = (facts) => {
    const wrong = [], expect = (what, shown, want) => { if (shown !== want) wrong.push(`${what}: ${shown}`); };
    expect("state", document.documentElement.dataset.state, data.state);
    expect("title", document.title, say("title", facts));
    for (const e of all("[data-is]")) expect(e.dataset.is, e.textContent, facts[e.dataset.is]);
    for (const e of all("[data-say]")) expect(e.dataset.say, e.textContent, say(e.dataset.say.slice(3), facts));
    const must = ["[data-is=name]", "[data-is=digest]", "#state[data-say]", "h1[data-say]"];
    if (data.state === "confirmed") for (const k of ["height", "hash", "root", "header", "time"]) must.push(`[data-is=${k}]`);
    for (const selector of must) if (!document.querySelector(selector)) wrong.push(selector);
    for (const e of all("#state, h1, [data-say^='js.lead.']")) expect("key", e.dataset.say.split(".")[2], data.state);
    return wrong;
  };

  const selfCheck = () => {
    let wrong;
    try {
      wrong = disagreements(examine());
    } catch (error) {
      wrong = [refusal(error)];
    }
    if (wrong.length) {
      document.documentElement.dataset.state = "broken";
      show(el("alarm"), "bad", say("self.bad"), ...wrong.slice(0, 5).map((w) => ["", w]));
      show(el("self"), "bad", say("self.bad"));
      carried.proof = null;
      return false;
    }
    show(el("self"), "good", say(data.state === "confirmed" ? "self.ok" : "self.pending"));
    return true;
  };

  // ---- What is dropped

  let run = 0;
  // digestOf hashes a file with the proof's hash, unless another run begins.
  const digestOf = async (file, proof) => {
    const mine = ++run, bar = el("progress"), box = el("result");
    let shown = -1;
    try {
      const [digest] = await hashFile(file, [proof.hash], (at, size) => {
        if (mine !== run) throw new Error("");
        bar.value = 100 * at / size;
        bar.hidden = at === size;
        const percent = Math.floor(10 * at / size) * 10;
        if (percent !== shown && at < size) show(box, "wait", say("reading", { name: file.name, percent: shown = percent }));
      });
      return mine === run ? digest : null;
    } catch (error) {
      if (mine === run) {
        bar.hidden = true;
        show(box, "bad", say("unreadable", { why: error.message }));
      }
      return null;
    }
  };

  const differs = (box, digest, proof) => show(box, "bad", say("other"),
    [proof.hash + " " + say("digest.file"), hex(digest)], [proof.hash + " " + say("digest.proof"), hex(proof.digest)]);

  const checkDocument = async (file) => {
    const { proof, claim, header } = carried, box = el("result");
    if (!proof) return show(box, "bad", say("self.bad"));
    const digest = await digestOf(file, proof);
    if (!digest) return;
    const same = equal(digest, proof.digest);
    if (data.state === "changed") {
      if (same) show(box, "note", say("same.changed"), [proof.hash, hex(digest)]);
      else if (hex(digest) === data.digest) show(box, "bad", say("other.changed"), [proof.hash, hex(digest)]);
      else differs(box, digest, proof);
      return;
    }
    if (!same) {
      differs(box, digest, proof);
    } else if (data.state === "confirmed") {
      show(box, "good", (data.regtest ? data.regtest + ": " : "") + say("same.confirmed", { date: latest(header) }),
        say("leads", { height: claim.height, hash: display(header.hash) }), [proof.hash, hex(digest)]);
    } else {
      show(box, "wait", say("same.pending"), [proof.hash, hex(digest)]);
    }
    const answer = el("bytes");
    answer.textContent = box.firstChild.textContent;
    answer.className = "answer " + (same ? data.state : "bad");
  };

  // The verifier is given both files, in any order.
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
        run++;
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
    show(box, "wait", say("same.claims", { height: first.height }), [proof.hash, hex(digest)]);
    el("height").textContent = first.height;
    el("compared").replaceChildren();
    headers.hidden = false;
  };

  // ---- Headers from elsewhere

  const compareHeader = () => {
    const box = el("compared"), digits = el("header").value.replace(/\s/g, ""), proof = data.state ? carried.proof : given.proof;
    if (!proof) return show(box, "bad", say("self.bad"));
    if (!/^[0-9a-f]{160}$/i.test(digits)) return show(box, "bad", say("header.size", { n: digits.length }));
    const found = fit(proof, unhex(digits), data.height);
    if (found.why) return show(box, "bad", say(found.why, { height: found.height }));
    if (data.state) return show(box, "good", say("header.same"));
    confirm(found, say("pasted"));
  };

  // confirm says what follows from a header that the reader vouches for.
  const confirm = ({ header }, whose) => {
    const line = say("same.confirmed", { date: latest(header) });
    show(el("compared"), "good", line, whose, ["", display(header.hash)]);
    show(el("result"), "good", line);
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

  // ---- Wiring

  const take = (files) => {
    if (files.length) return data.state ? checkDocument(files[0]) : checkBoth(files);
  };
  const zone = el("drop");
  zone.addEventListener("dragover", (event) => {
    event.preventDefault();
    zone.classList.add("over");
  });
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  for (const name of ["dragover", "drop"]) window.addEventListener(name, (event) => event.preventDefault());
  zone.addEventListener("drop", (event) => {
    zone.classList.remove("over");
    take([...event.dataTransfer.files]);
  });
  el("document").addEventListener("change", (event) => {
    take([...event.target.files]);
    event.target.value = "";
  });
  if (el("compare")) el("compare").addEventListener("click", compareHeader);
  if (el("ask")) el("ask").addEventListener("click", ask);

  for (const button of all("[data-file]")) {
    button.addEventListener("click", () => {
      const { name, base64 = data.proof } = data.files[button.dataset.file], a = document.createElement("a");
      a.href = URL.createObjectURL(new Blob([unbase64(base64)], { type: "application/octet-stream" }));
      a.download = name;
      a.click();
      setTimeout(() => URL.revokeObjectURL(a.href), 60000);
    });
  }
  // On paper nothing can be unfolded.
  window.addEventListener("beforeprint", () => all("details").forEach((d) => { d.open = true; }));
  if (data.state !== undefined && selfCheck() && el("files")) el("files").hidden = false;
})();
