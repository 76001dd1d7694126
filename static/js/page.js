// Keeps list and detail in step: which row is open, where the focus goes, and that nobody approves what has changed.
import { block } from "./approve.js";
import { rest } from "./keys.js";

const TOAST = 15_000;
const BROKEN = "That did not arrive, and nothing was changed. Look whether you are connected, then press again.";

const open = () => document.querySelector("#action[data-id]");

function markRow() {
  const id = open()?.dataset.id;
  for (const row of document.querySelectorAll("a.row")) {
    if (row.dataset.id === id) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  }
}

// A change arrived under the reader: the bar above says so, and pressing Approve does nothing until they looked.
function blockChanged() {
  if (!document.querySelector("#news [data-blocks]")) return;
  block("news", "This action changed while you were reading. Look at the change first.");
}

// What is told goes by itself, unless something newer was told meanwhile.
function fade() {
  const told = [...document.querySelectorAll("#toasts > :not([data-stays])")];
  setTimeout(() => told.forEach((toast) => toast.remove()), TOAST);
}

function tell(text) {
  const toast = document.createElement("p");
  toast.className = "toast error";
  toast.textContent = text;
  document.getElementById("toasts")?.append(toast);
  fade();
}

// On a phone the head's names stand in one line that scrolls.
function showHere() {
  const nav = document.querySelector(".top nav");
  const here = nav?.querySelector("[aria-current]");
  if (here) nav.scrollLeft = here.offsetLeft - (nav.clientWidth - here.offsetWidth) / 2;
}

const isDrawn = (status) => [401, 403, 409, 422].includes(status);

export function startPage() {
  showHere();
  fade();
  document.addEventListener("htmx:after:swap", (event) => {
    const target = event.detail.ctx.target;
    markRow();
    blockChanged();
    if (target?.id !== "main") return;
    document.getElementById("sheet")?.close();
    fade();
    rest();
    target.focus({ preventScroll: true });
    document.title = `${document.getElementById("action-title")?.textContent.trim() ?? "Queue"} · Countersign`;
  });
  // A press that failed can be pressed again.
  document.addEventListener("htmx:finally:request", (event) => {
    event.detail.ctx.sourceElement?.querySelector?.("button[data-sent]")?.removeAttribute("aria-disabled");
  });
  document.addEventListener("htmx:response:error", (event) => {
    if (!isDrawn(event.detail.ctx.response.status)) tell(BROKEN);
  });
  document.addEventListener("htmx:error", (event) => {
    if (event.detail.ctx?.request?.method === "POST") tell(BROKEN);
  });
  document.addEventListener("submit", (event) => {
    if (event.target.method !== "post") return;
    const button = event.submitter;
    if (button?.getAttribute("aria-disabled") === "true") {
      event.preventDefault();
      event.stopPropagation();
    } else {
      // One press, one request.
      button?.setAttribute("aria-disabled", "true");
      button?.setAttribute("data-sent", "");
    }
    // On its way down, before the form's own script hears it.
  }, true);
  // A page that comes back from the browser's memory shows what was; ask again.
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}
