// What every page shares: texts, what is shown, how a file is hashed, how a
// header is compared with a proof. Nothing that is not ours becomes anything
// but text, and nothing is sent. built comes before it in the page's script, so
// that the page's policy has it in its hash: texts and eras.

const el = (id) => document.getElementById(id);
const on = (what, event, take) => what.addEventListener(event, take);
// make returns a new element with what it holds.
const make = (tag, name = "", ...content) => {
  const e = document.createElement(tag);
  e.className = name;
  e.append(...content);
  return e;
};
const say = (key, values = {}) => (built.texts[key] || key).replace(/\{(\w+)\}/g, (whole, name) => name in values ? values[name] : whole);

const unhex = (digits) => Uint8Array.from(digits.match(/../g) || [], (h) => parseInt(h, 16));
const moment = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", " ") + " UTC";

// An era is 16 periods of one difficulty each, the last one all that follow. Of
// each there are the bits of its largest target, so that no header counts that
// took less work than its easiest block, and the day it began, to within a day; a
// miner's clock may be off by two hours more.
const era = (i, from, to) => parseInt(built.eras.slice(12 * i + from, 12 * i + to), 16);
// eraFault says why a header is not of the era of a height, "" where it may be.
const eraFault = (height, { bits, time }) => {
  const last = built.eras.length / 12 - 1, i = Math.min(last, Math.floor(Number(height) / 32256)), slack = 93600;
  if (target(bits) > target(era(i, 0, 8))) return "header.easy";
  if (time < era(i, 8, 12) * 86400 - slack || i < last && time > era(i + 1, 8, 12) * 86400 + slack) return "header.time";
  return "";
};

const inBlocks = (proof) => proof.claims.filter((c) => c.kind === "bitcoin").sort((a, b) => Number(a.height) - Number(b.height));

// claimOf looks for the first claim that a header bears out. It returns {claim,
// header}, or {why}, the key of a sentence, and the height it is about. On
// regtest any work will do.
const claimOf = (proof, bytes, height, regtest) => {
  const header = checkHeader(bytes);
  if (header.why) return { why: header.why === "size" ? "header.size" : "header.work" };
  let no = { why: "header.other" };
  for (const claim of inBlocks(proof)) {
    if (!equal(claim.msg, header.root) || height !== undefined && claim.height !== height) continue;
    const why = regtest ? "" : eraFault(claim.height, header);
    if (!why) return { claim, header };
    no = { why, height: claim.height };
  }
  return no;
};
// The day that may be claimed: a miner's clock may lag by two hours.
const latest = (header, after = 0) => moment(Math.max(header.time + 7200, after)).slice(0, 10);

// ---- What is shown

const signs = { good: "✔", bad: "✘", wait: "…", note: "~" };
// dated keeps days in a line from being broken.
const dated = (line) => line.split(/(\d{4}-\d\d-\d\d)/).map((part, i) => i % 2 ? make("time", "", part) : part);
// row makes a line of a verdict, the first with its sign; a pair is a label and
// what is shown in monospace.
const row = (line, kind) => {
  const p = make("p", kind && "verdict", ...Array.isArray(line) ? [line[0] + " ", make("span", "mono", line[1])] : dated(line));
  if (!kind) return p;
  p.prepend(make("span", "sign", signs[kind]), " ");
  p.firstChild.setAttribute("aria-hidden", "true");
  return p;
};
// showAll replaces a box's content with verdicts, each a kind and lines. The first
// one is also the box's.
const showAll = (box, list) => {
  box.className = "result " + list[0].kind;
  box.replaceChildren(...list.flatMap(({ kind, lines }) => lines.map((line, i) => row(line, i ? "" : kind))));
};
const show = (box, kind, ...lines) => showAll(box, [{ kind, lines }]);

// ---- Files

let run = 0;
// begin ends the run that there is, and returns what says of the new one
// whether it still goes on: what ended shows nothing.
const begin = () => {
  const mine = ++run;
  return () => mine === run;
};
// nameOf is a file's name without what would turn or hide the text around it.
const nameOf = (file) => file.name.replace(/\p{C}/gu, "\ufffd");
// digestOf hashes a file with the proof's hash. It returns {digest}, or {why} where
// it could not; null where another run began.
const digestOf = async (file, proof, live) => {
  const bar = el("progress"), name = nameOf(file);
  const tell = (percent) => show(el("result"), "wait", say("reading", { name, percent }));
  let shown = 0;
  tell(0);
  try {
    const digest = await hashFile(file, proof.hash, (at, size) => {
      if (!live()) throw new Error("");
      bar.value = 100 * at / size;
      bar.hidden = at === size;
      const percent = Math.floor(10 * at / size) * 10;
      if (percent !== shown && at < size) tell(shown = percent);
    });
    return { digest };
  } catch (error) {
    if (!live()) return null;
    bar.hidden = true;
    return { why: say("unreadable", { why: error.message }) };
  }
};

// digests are the lines on a file that the proof is not for.
const digests = (digest, proof) => [[`${proof.hash} ${say("digest.file")}`, hex(digest)], [`${proof.hash} ${say("digest.proof")}`, hex(proof.digest)]];

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
  on(zone, "dragover", () => zone.classList.add("over"));
  for (const name of ["dragleave", "drop"]) on(zone, name, () => zone.classList.remove("over"));
  on(zone, "drop", (event) => take([...event.dataTransfer.files]));
  for (const name of ["dragover", "drop"]) on(window, name, (event) => event.preventDefault());
  on(el("document"), "change", (event) => {
    take([...event.target.files]);
    event.target.value = "";
  });
};
