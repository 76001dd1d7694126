// A claim lasts while its holder looks: it is kept every minute, and given back when another action is opened.
const EVERY = 60_000;

let mine = null;

// What to send to give the open action back; null where it is not this person's.
function held() {
  const form = document.querySelector("#company form[action*='/claim/release']");
  return form && { url: form.action, body: new FormData(form), id: document.querySelector("#action[data-id]")?.dataset.id };
}

function leave() {
  const now = held();
  const open = document.querySelector("#action[data-id]")?.dataset.id;
  if (mine && mine.id !== open) fetch(mine.url, { method: "POST", body: mine.body, keepalive: true, redirect: "manual" });
  mine = now;
}

export function startClaims() {
  mine = held();
  document.addEventListener("htmx:after:swap", leave);
  setInterval(() => {
    if (!document.hidden) document.querySelector("#company [data-keep]")?.dispatchEvent(new CustomEvent("keep"));
  }, EVERY);
}
