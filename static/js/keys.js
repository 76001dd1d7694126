// Single keys. They rest while one types, for half a second after the page changed, and until the key is let go.
const REST = 500;
const TYPING = "input, textarea, select, [contenteditable], dialog[open]";

let restsUntil = 0;
let held = false;

export function rest() {
  restsUntil = performance.now() + REST;
}

const dialog = () => document.getElementById("keys");
const isOn = () => dialog()?.dataset.on === "yes";

function step(by) {
  const rows = [...document.querySelectorAll("a.row")];
  const at = rows.findIndex((row) => row.getAttribute("aria-current") === "true");
  const next = rows[Math.min(rows.length - 1, Math.max(0, at + by))];
  if (!next || next === rows[at]) return;
  next.click();
  next.scrollIntoView({ block: "nearest" });
}

const press = (key) => document.querySelector(`[data-key="${key}"]`)?.click();

// Buttons bear the key that they come with in `data-key`, whatever key the person gave to the act.
const BUTTONS = { approve: "a", reject: "r", edit: "e", ask: "q", claim: "x", undo: "z", together: "b" };
const ACTS = {
  next: () => step(1),
  previous: () => step(-1),
  search: () => document.getElementById("search")?.focus(),
  help: () => dialog()?.showModal(),
};
for (const [act, key] of Object.entries(BUTTONS)) ACTS[act] = () => press(key);

let own = {};

// The person's keys stand in the dialog, as the server drew them.
function learn() {
  const listed = dialog()?.querySelectorAll("kbd[data-act]") ?? [];
  own = Object.fromEntries([...listed].map((kbd) => [kbd.textContent, kbd.dataset.act]));
}

function label() {
  const keyOf = Object.fromEntries(Object.entries(own).map(([key, act]) => [act, key]));
  for (const [act, key] of Object.entries(BUTTONS)) {
    for (const kbd of document.querySelectorAll(`[data-key="${key}"] kbd`)) kbd.textContent = keyOf[act] ?? key;
  }
  const help = document.querySelector("[data-opens=keys] kbd");
  if (help) help.textContent = keyOf.help ?? "?";
}

function onKey(event) {
  const act = ACTS[own[event.key]];
  if (!act || !isOn() || event.ctrlKey || event.metaKey || event.altKey || event.target.closest(TYPING)) return;
  if (document.querySelector("dialog[open]")) return;
  event.preventDefault();
  if (event.repeat || held || performance.now() < restsUntil) return;
  held = true;
  act();
}

export function startKeys() {
  rest();
  addEventListener("keydown", onKey);
  addEventListener("keyup", () => { held = false; });
  addEventListener("blur", () => { held = false; });
  learn();
  label();
  document.addEventListener("htmx:after:swap", label);
  document.querySelector("[data-keys-on]")?.addEventListener("change", (event) => {
    dialog().dataset.on = event.target.checked ? "yes" : "no";
  });
}
