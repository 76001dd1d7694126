// Fetches what is likely to be opened next, so that it is there when the key is pressed.
const AHEAD = 2;
const FRESH = 30_000;
const REST = 400;

const kept = new Map();
let waiting = 0;

const detailOf = (row) => row.getAttribute("hx-get");

function likely() {
  const rows = [...document.querySelectorAll("a.row")];
  const at = rows.findIndex((row) => row.getAttribute("aria-current") === "true");
  const free = rows.slice(at + 1).filter((row) => !row.querySelector(".held") || row.querySelector(".held").textContent.startsWith("yours"));
  return free.slice(0, AHEAD);
}

// The whole answer, not its beginning alone; null where the server refused.
async function arrived(address) {
  const response = await fetch(address, { headers: { "HX-Request": "true" } });
  await response.clone().text();
  return response.ok ? response : null;
}

// `prefetch=1` tells the server that nobody sees the answer yet, so that it is no look at the action.
function ask(row) {
  const url = detailOf(row);
  const have = kept.get(url);
  if (have && performance.now() - have.at < FRESH) return;
  const ahead = new URL(url, location.href);
  ahead.searchParams.set("prefetch", "1");
  const answer = arrived(ahead).catch(() => null);
  kept.set(url, { answer, at: performance.now(), id: row.dataset.id });
}

function later() {
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    for (const [url, have] of kept) if (performance.now() - have.at > FRESH) kept.delete(url);
    if (!document.hidden) likely().forEach(ask);
  }, REST);
}

// Shown now: the server learns of the look, and the page of what changed meanwhile.
async function shown(url) {
  const response = await fetch(url, { headers: { "HX-Request": "true" } }).catch(() => null);
  const open = document.querySelector("#action[data-id]");
  if (!response?.ok || !open || !url.includes(open.dataset.id)) return;
  const version = /data-version="(\d+)"/.exec(await response.text())?.[1];
  if (version !== open.dataset.version) document.body.dispatchEvent(new CustomEvent("action-news"));
}

export function startAhead() {
  document.addEventListener("htmx:before:request", (event) => {
    const { ctx } = event.detail;
    const row = ctx.sourceElement;
    const url = row?.matches?.("a.row") && detailOf(row);
    const have = url && kept.get(url);
    if (!have || performance.now() - have.at > FRESH) return;
    kept.delete(url);
    ctx.fetch = async (address, request) => {
      const answer = await have.answer;
      if (!answer) return fetch(address, request);
      ctx.ahead = url;
      return answer;
    };
  });
  document.addEventListener("htmx:after:swap", (event) => {
    if (event.detail.ctx.ahead) shown(event.detail.ctx.ahead);
    later();
  });
  // Whatever changed is asked for anew.
  document.addEventListener("told", (event) => {
    for (const [url, have] of kept) if (have.id === event.detail.id) kept.delete(url);
  });
  later();
}
