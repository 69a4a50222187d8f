// What every page shares: texts, what is shown, how a file is hashed, how a
// header is compared with a proof. Nothing that is not ours becomes anything
// but text, and nothing is sent.
"use strict";
const page = (() => {
  const { hashFile, checkHeader, hex, equal } = otsCore;
  const el = (id) => document.getElementById(id);
  const texts = JSON.parse(el("texts").textContent);
  const data = JSON.parse(el("data").textContent);
  const say = (key, values = {}) => (texts[key] || key).replace(/\{(\w+)\}/g, (whole, name) => name in values ? values[name] : whole);

  const unhex = (text) => Uint8Array.from(text.match(/../g) || [], (h) => parseInt(h, 16));
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

  // ---- Files

  let run = 0;
  // stop ends the run that there is, so that its end is not shown.
  const stop = () => ++run;
  // digestOf hashes a file with the proof's hash; null where it could not, or
  // another run began.
  const digestOf = async (file, proof) => {
    const mine = stop(), bar = el("progress"), box = el("result");
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

  // pastedHeader returns the bytes that were pasted, or null once it has said
  // what is wrong with them.
  const pastedHeader = () => {
    const digits = el("header").value.replace(/\s/g, "");
    if (/^[0-9a-f]{160}$/i.test(digits)) return unhex(digits);
    show(el("compared"), "bad", say("header.size", { n: digits.length }));
    return null;
  };

  // onFiles calls take with the files that are dropped or chosen.
  const onFiles = (take) => {
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
  };

  return { el, say, data, unhex, blocks, fit, latest, show, stop, digestOf, differs, pastedHeader, onFiles };
})();
