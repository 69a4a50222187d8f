// A certificate: it compares what the page says with what the page carries,
// and the document with both.

const root = document.documentElement;
const all = (selector) => [...document.querySelectorAll(selector)];
const unbase64 = (text) => codes(atob(text));

// ---- What the page carries

let data, title;
// carried is the proof, the kind that says so, and claim, header and date of a
// confirmed one, once the page has found all of itself in order.
let carried = null;

// examine reads the page's data. It returns what is carried, and where the
// page's text does not say what follows from it, or cannot be seen.
const examine = () => {
  data = JSON.parse(el("data").textContent);
  const { name, state, regtest, height, notAfter: after = 0 } = data, proof = parse(unbase64(data.proof)), digest = hex(proof.digest);
  const found = { proof, kind: { confirmed: regtest ? "wait" : "good", changed: "note" }[state] || "wait" }, facts = { name, digest };
  if (state === "confirmed") {
    const bytes = unhex(data.header), { why, claim, header } = fit(proof, bytes, height, regtest);
    if (why) throw new Error(say(why, { height, n: data.header.length }));
    if (!Number.isSafeInteger(after) || after < 0) throw new Error("notAfter");
    Object.assign(found, { claim, header, bytes, date: latest(header, after) });
    Object.assign(facts, { height: `${height}`, hash: display(header.hash), root: display(header.root), header: hex(bytes), time: moment(header.time) });
    if (after) facts.after = moment(after);
  } else if (state === "changed" && data.digest !== digest) {
    Object.assign(facts, { digest: data.digest, stamped: digest });
  } else if (state !== "pending") {
    throw new Error(state);
  }

  const wrong = [], word = say("state." + state), said = regtest && found.claim ? "regtest" : state;
  const expect = (what, shown, want) => { if (shown !== want) wrong.push(`${what}: ${shown}`); };
  const mark = (selector, want) => {
    const marked = all(selector);
    if (!marked.length) wrong.push(selector);
    for (const e of marked) expect(selector, e.getClientRects().length ? e.textContent : "", want);
  };
  title = all("title")[0].textContent;
  expect("title", title, say("title", { name, state: (regtest ? say("regtest") + ": " : "") + word }));
  mark("#state", word);
  mark("h1", say("headline." + said, found));
  mark("#lead", say("lead." + said, { height }));
  for (const key in facts) mark(`[data-is=${key}]`, facts[key]);
  if (regtest) mark(".regtest strong", say("regtest"));
  else expect("regtest", all(".regtest").length, 0);
  expect("text", spoken(), data.text);
  const { document: file } = data.files;
  if (file) expect("document", hex(hashes[proof.hash]().update(unbase64(file.base64)).digest()), data.digest || digest);
  return [found, wrong];
};

// spoken is the digest of all that the page says, white space left out, and
// what scripts write.
const spoken = () => {
  const main = document.querySelector("main").cloneNode(true);
  for (const e of main.querySelectorAll("noscript, [data-live]")) e.remove();
  return hex(sha256().update(new TextEncoder().encode(main.textContent.replace(/[\x20\t\n\f\r]+/g, ""))).digest());
};

const bad = (box, ...whys) => show(box, "bad", say("self.bad"), ...whys);
const sign = (text) => all(".state .sign").forEach((e) => { e.textContent = text; });
// broken says that the page is not to be relied on, whatever is left of it.
const broken = (...whys) => {
  carried = null;
  root.dataset.state = "broken";
  sign("✘");
  bad(el("alarm") || document.body.appendChild(make("div")), ...whys.slice(0, 5).map((w) => ["", w]));
  for (const id of ["self", "result"]) if (el(id)) bad(el(id));
  for (const id of ["unchecked", "files"]) if (el(id)) el(id).hidden = true;
};

// selfCheck turns a page that looks unchecked into what it states.
const selfCheck = () => {
  const [found, wrong] = examine();
  if (wrong.length) return broken(...wrong);
  const { state, regtest } = data;
  carried = found;
  root.dataset.state = state;
  root.toggleAttribute("data-regtest", !!regtest);
  sign(regtest ? "!" : signs[found.kind]);
  el("unchecked").hidden = true;
  el("bytes").textContent = say("integrity." + (state === "changed" ? state : "unchecked"));
  show(el("self"), found.kind, say(state === "confirmed" ? "self.ok" : "self." + state));
  if (found.claim) listOperations(found.claim);
  el("files").hidden = false;
};

const listOperations = ({ ops }) => el("operations").replaceChildren(...ops.map(({ name, arg, result }) => {
  const row = make("tr");
  for (const text of arg.length ? [name + " " + hex(arg), ""] : [name, hex(result)]) row.insertCell().textContent = text;
  return row;
}));

// ---- What is dropped

// about says at the head of the page whether it is about the file dropped.
const about = (same) => {
  root.toggleAttribute("data-copy", !same);
  el("copy").textContent = same ? "" : "✘ " + say("other");
  document.title = (same ? "" : "✘ ") + title;
};

const checkDocument = async (file) => {
  const box = el("result"), live = begin();
  if (!carried) return bad(box);
  const { proof, kind, claim, header, date } = carried, { state, regtest } = data;
  const digest = await digestOf(file, proof, live);
  if (!digest) return;
  const same = equal(digest, proof.digest), now = hex(digest) === data.digest, line = [proof.hash, hex(digest)];
  const known = same || typeof named !== "function" ? "" : named(line[1], date);
  about(same || now || known);
  if (same && claim) show(box, kind, (regtest ? say("regtest") + ": " : "") + say("same.confirmed", { date }), say("leads", { height: claim.height, hash: display(header.hash) }), line);
  else if (same) show(box, kind, say(state === "changed" ? "same.changed" : "same.pending"), line);
  else if (known) show(box, kind, (regtest ? say("regtest") + ": " : "") + known, line);
  else if (now) show(box, "bad", say("other.changed"), line);
  else differs(box, digest, proof);
  if (state === "changed") return;
  const answer = el("bytes");
  el("integrity").classList.remove("unchecked");
  answer.textContent = box.firstChild.textContent;
  answer.className = "answer " + box.className.slice(7);
};

const compareHeader = () => {
  const box = el("compared"), bytes = pastedHeader();
  if (!bytes) return;
  if (!carried) return bad(box);
  const found = fit(carried.proof, bytes, data.height, data.regtest);
  if (found.why) show(box, "bad", say(found.why, { height: found.height }));
  else if (!equal(bytes, carried.bytes)) show(box, "bad", say("header.other"));
  else show(box, carried.kind, say("header.same"));
};

// Whatever goes wrong from here on, the page does not go on looking right.
for (const name of ["error", "unhandledrejection"]) on(window, name, () => broken(name));
onFiles((files) => checkDocument(files[0]));
if (el("compare")) on(el("compare"), "click", compareHeader);
for (const button of all("[data-file]")) {
  on(button, "click", () => {
    const { name, base64 = data.proof } = data.files[button.dataset.file], a = make("a");
    a.href = URL.createObjectURL(new Blob([unbase64(base64)], { type: "application/octet-stream" }));
    a.download = name;
    a.click();
    setTimeout(() => URL.revokeObjectURL(a.href), 60000);
  });
}
// On paper nothing can be unfolded.
on(window, "beforeprint", () => all("details").forEach((d) => { d.open = true; }));
try {
  selfCheck();
} catch (error) {
  broken(error.message);
}
