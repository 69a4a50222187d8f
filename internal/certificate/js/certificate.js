// A certificate: it compares what the page says with what the page carries,
// and the document with both.
"use strict";
(() => {
  const { el, say, data, unhex, fit, latest, show, digestOf, differs, pastedHeader, onFiles } = page;
  const { parse, hex, display, equal } = otsCore;
  const { title } = document;
  const all = (selector) => [...document.querySelectorAll(selector)];
  const unbase64 = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

  const moment = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", " ") + " UTC";

  // ---- What the page carries

  const carried = { proof: null, claim: null, header: null };

  // examine reads the page's data and returns what its text must say.
  const examine = () => {
    const proof = carried.proof = parse(unbase64(data.proof));
    const digest = hex(proof.digest);
    const facts = { name: data.name, state: (data.regtest ? data.regtest + ": " : "") + say("state." + data.state), digest, stamped: digest };
    if (data.state === "confirmed") {
      const bytes = unhex(data.header), found = fit(proof, bytes, data.height);
      if (found.why) throw new Error(say(found.why, { height: data.height, n: data.header.length }));
      Object.assign(carried, found);
      const { claim, header } = found;
      Object.assign(facts, {
        height: String(claim.height), hash: display(header.hash), root: display(header.root), header: hex(bytes),
        time: moment(header.time), after: data.notAfter && moment(data.notAfter), date: latest(header),
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
    for (const e of all("[data-say]")) expect(e.dataset.say, e.textContent, say(e.dataset.say, facts));
    const must = ["[data-is=name]", "[data-is=digest]", "#state[data-say]", "h1[data-say]"];
    if (data.state === "confirmed") for (const k of ["height", "hash", "root", "header", "time"]) must.push(`[data-is=${k}]`);
    if (data.notAfter) must.push("[data-is=after]");
    if (data.regtest) must.push(".regtest");
    for (const selector of must) if (!document.querySelector(selector)) wrong.push(selector);
    const said = data.regtest && data.state === "confirmed" ? "regtest" : data.state;
    for (const e of all("h1, [data-say^='lead.']")) expect("key", e.dataset.say.split(".")[1], said);
    expect("key", el("state").dataset.say, "state." + data.state);
    return wrong;
  };

  const selfCheck = () => {
    let wrong;
    try {
      wrong = disagreements(examine());
    } catch (error) {
      wrong = [error.message];
    }
    if (wrong.length) {
      document.documentElement.dataset.state = "broken";
      document.querySelector(".state .sign").textContent = "✘";
      show(el("alarm"), "bad", say("self.bad"), ...wrong.slice(0, 5).map((w) => ["", w]));
      show(el("self"), "bad", say("self.bad"));
      carried.proof = null;
      return false;
    }
    if (data.state === "confirmed") show(el("self"), data.regtest ? "wait" : "good", say("self.ok"));
    else show(el("self"), data.state === "pending" ? "wait" : "note", say("self." + data.state));
    if (carried.claim) listOperations(carried.claim);
    return true;
  };

  const listOperations = ({ ops }) => el("operations").append(...ops.map(({ name, arg, result }) => {
    const row = document.createElement("tr");
    for (const text of arg.length ? [name + " " + hex(arg), ""] : [name, hex(result)]) row.insertCell().textContent = text;
    return row;
  }));

  // ---- What is dropped

  // about says at the head of the page whether it is about the file dropped.
  const about = (same) => {
    const root = document.documentElement;
    if (same) delete root.dataset.copy;
    else root.dataset.copy = "other";
    el("copy").textContent = same ? "" : "✘ " + say("other");
    document.title = (same ? "" : "✘ ") + title;
  };

  const checkDocument = async (file) => {
    const { proof, claim, header } = carried, box = el("result");
    if (!proof) return show(box, "bad", say("self.bad"));
    const digest = await digestOf(file, proof);
    if (!digest) return;
    const same = equal(digest, proof.digest);
    about(same || hex(digest) === data.digest);
    if (data.state === "changed") {
      if (same) show(box, "note", say("same.changed"), [proof.hash, hex(digest)]);
      else if (hex(digest) === data.digest) show(box, "bad", say("other.changed"), [proof.hash, hex(digest)]);
      else differs(box, digest, proof);
      return;
    }
    if (!same) {
      differs(box, digest, proof);
    } else if (data.state === "confirmed") {
      show(box, data.regtest ? "wait" : "good", (data.regtest ? data.regtest + ": " : "") + say("same.confirmed", { date: latest(header) }),
        say("leads", { height: claim.height, hash: display(header.hash) }), [proof.hash, hex(digest)]);
    } else {
      show(box, "wait", say("same.pending"), [proof.hash, hex(digest)]);
    }
    const answer = el("bytes");
    el("integrity").classList.remove("todo");
    answer.textContent = box.firstChild.textContent;
    answer.className = "answer " + box.className.slice(7);
  };

  const compareHeader = () => {
    const box = el("compared"), bytes = pastedHeader();
    if (!bytes) return;
    if (!carried.proof) return show(box, "bad", say("self.bad"));
    const found = fit(carried.proof, bytes, data.height);
    if (found.why) show(box, "bad", say(found.why, { height: found.height }));
    else show(box, "good", say("header.same"));
  };

  onFiles((files) => checkDocument(files[0]));
  if (el("compare")) el("compare").addEventListener("click", compareHeader);
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
  if (selfCheck()) el("files").hidden = false;
})();
