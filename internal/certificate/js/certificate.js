// A certificate: it compares what the page says with what the page carries,
// and the document with both.

const root = document.documentElement;
const all = (selector) => [...document.querySelectorAll(selector)];
const unbase64 = (chars) => codes(atob(chars));

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
    const bytes = unhex(data.header), { why, claim, header } = claimOf(proof, bytes, height, regtest);
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

  const wrong = [], word = say("state." + state);
  const expect = (what, shown, want) => { if (shown !== want) wrong.push(`${what}: ${shown}`); };
  const mark = (selector, want) => {
    const marked = all(selector);
    if (!marked.length) wrong.push(selector);
    for (const e of marked) expect(selector, e.getClientRects().length ? e.textContent : "", want);
  };
  title = all("title")[0].textContent;
  expect("title", title, say("title", { name, state: (regtest ? say("regtest") + ": " : "") + word }));
  mark("#state", word);
  mark("h1", say("headline." + (regtest && state !== "changed" ? "regtest" : state), found));
  mark("#lead", say("lead." + (regtest && found.claim ? "regtest" : state), { height }));
  for (const key in facts) mark(`[data-is=${key}]`, facts[key]);
  if (regtest) mark(".regtest strong", say("regtest"));
  else expect("regtest", all(".regtest").length, 0);
  expect("text", spoken(), data.text);
  const { document: file } = data.files;
  if (file) expect("document", hex(hashes[proof.hash]().update(unbase64(file.base64)).digest()), facts.digest);
  return [found, wrong];
};

// spoken is the digest of all that the page says, white space left out, and
// what scripts write; and of the data, but for that digest.
const spoken = () => {
  const main = document.querySelector("main").cloneNode(true);
  for (const e of main.querySelectorAll("noscript, [data-live]")) e.remove();
  const said = main.textContent.replace(/[\x20\t\n\f\r]+/g, "") + el("data").textContent.replace(data.text, "");
  return hex(sha256().update(new TextEncoder().encode(said)).digest());
};

const bad = (box, ...whys) => show(box, "bad", say("self.bad"), ...whys);
const sign = (glyph) => all(".state .sign").forEach((e) => { e.textContent = glyph; });
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
  for (const e of all("[data-live]")) e.replaceChildren();
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

const listOperations = ({ ops }) => el("operations").replaceChildren(...ops.map(({ name, arg, result }) => (
  make("li", "", name + (arg.length ? " " + hex(arg) : " → " + hex(result))))));

// ---- What is dropped

// about says at the head of the page whether it is about the file dropped.
const about = ({ ours, lines }) => {
  const no = ours ? "" : "✘ ";
  root.toggleAttribute("data-copy", !ours);
  el("copy").textContent = no && no + lines[0];
  document.title = no + title;
};

// judged says what a file is to this certificate: ours where the page is about it,
// its kind, and lines. Files that a record names are told by ofRecord, which only
// pages of such records have.
const judged = (name, digest) => {
  const { proof, kind, claim, header, date } = carried, { state, regtest } = data, sum = hex(digest);
  const ours = (line, ...more) => ({ ours: true, kind, lines: [(regtest ? say("regtest") + ": " : "") + line, ...more, [proof.hash, sum]] });
  if (equal(digest, proof.digest)) {
    if (!claim) return ours(say(state === "changed" ? "same.changed" : "same.pending"));
    const leads = say("leads", { height: claim.height, hash: display(header.hash) });
    return ours(say(regtest ? "same.regtest" : "same.confirmed", { date }), leads);
  }
  if (sum === data.digest) return { ...ours(say("other.changed")), kind: "bad" };
  const [known, other, ...more] = typeof ofRecord === "function" ? ofRecord(name, sum, date) : ["", say("other")];
  return known ? ours(known) : { kind: "bad", lines: [other, ...digests(digest, proof), ...more] };
};

// checkFiles judges each of the files; the worst verdict is the page's.
const checkFiles = async (files) => {
  if (!files.length) return;
  const box = el("result"), live = begin(), list = [];
  if (!carried) return bad(box);
  for (const file of files) {
    const { digest, why } = await digestOf(file, carried.proof, live) || {};
    if (!live() || !carried) return;
    const name = nameOf(file), verdict = digest ? judged(name, digest) : { kind: "bad", lines: [why] };
    if (files.length > 1) verdict.lines[0] = `${name}: ${verdict.lines[0]}`;
    list.push(verdict);
  }
  const rank = ({ ours, kind }) => !!ours + (kind !== "bad");
  list.sort((a, b) => rank(a) - rank(b));
  const [worst] = list, answer = el("bytes");
  showAll(box, list);
  about(worst);
  if (data.state === "changed") return;
  el("integrity").classList.remove("unchecked");
  answer.replaceChildren(...box.firstChild.cloneNode(true).childNodes);
  answer.className = "answer " + worst.kind;
};

const compareHeader = () => {
  const box = el("compared"), bytes = pastedHeader();
  if (!bytes) return;
  if (!carried) return bad(box);
  const found = claimOf(carried.proof, bytes, data.height, data.regtest);
  if (found.why) show(box, "bad", say(found.why, { height: found.height }));
  else if (!equal(bytes, carried.bytes)) show(box, "bad", say("header.other"));
  else show(box, carried.kind, say(data.regtest ? "header.same.regtest" : "header.same"));
};

// Whatever goes wrong from here on, the page does not go on looking right.
for (const name of ["error", "unhandledrejection"]) on(window, name, () => broken(name));
onFiles(checkFiles);
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
