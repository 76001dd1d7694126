// The two waits around an approval: until one has read, and until it takes effect. The server judges; this only counts.
import { block, unblock } from "./approve.js";

const EVERY = 200;
const GOODBYE = 4_000;

const ends = new WeakMap();

// Counted from when the part came, so that a wrong clock on this side does no harm.
function left(element, name) {
  if (!ends.has(element)) ends.set(element, performance.now() + Number(element.dataset[name]));
  return Math.max(0, Math.ceil((ends.get(element) - performance.now()) / 1000));
}

function read() {
  const form = document.querySelector("form[data-reads]");
  if (!form) return;
  const seconds = left(form, "reads");
  if (seconds) block("reading", `Read it first: you can approve in ${seconds} s`);
  else unblock("reading");
}

function count() {
  for (const place of document.querySelectorAll("[data-closes]")) {
    const seconds = left(place, "closes");
    const toast = place.closest("[data-undo]");
    place.textContent = seconds ? `${toast ? "In" : "Takes effect in"} ${seconds} s` : "The time to undo is over";
    if (seconds || !toast || toast.dataset.over) continue;
    toast.dataset.over = "yes";
    toast.querySelector("form").remove();
    setTimeout(() => toast.remove(), GOODBYE);
  }
}

// Said once; the seconds that run beside it are not read out.
function announce() {
  const told = document.querySelector("[data-undo] p");
  const place = document.querySelector("[data-announces]");
  if (!told || !place || told.dataset.said) return;
  told.dataset.said = "yes";
  setTimeout(() => { place.textContent = `${told.firstChild.textContent} Press z to undo.`; }, EVERY);
}

function tick() {
  read();
  count();
}

export function startWaits() {
  announce();
  tick();
  setInterval(tick, EVERY);
  document.addEventListener("htmx:after:swap", () => {
    announce();
    tick();
  });
}
