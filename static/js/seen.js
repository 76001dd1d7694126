// What is too long for its box has to have been on screen, all of it, before the approve button works.
import { block, forgetReasons, unblock } from "./approve.js";

const SLACK = 4;

// What of a box was on screen, as [top, bottom] in its own pixels. Parts less than one `page` apart are joined: quick
// scrolling draws no more of them, and a jump to the end leaves more than that out.
function join(parts, top, bottom, page) {
  const apart = [];
  for (const [from, to] of parts) {
    if (to < top - page || from > bottom + page) apart.push([from, to]);
    else { top = Math.min(top, from); bottom = Math.max(bottom, to); }
  }
  return [...apart, [top, bottom]];
}

function watchBox(box) {
  const who = `value ${box.dataset.whole}`;
  let parts = [];
  const look = () => {
    if (box.scrollHeight <= box.clientHeight + SLACK) { unblock(who); return; }
    parts = join(parts, box.scrollTop, box.scrollTop + box.clientHeight, box.clientHeight);
    const seen = parts.reduce((sum, [from, to]) => sum + to - from, 0);
    const percent = Math.floor((100 * seen) / box.scrollHeight);
    if (seen >= box.scrollHeight - SLACK) {
      unblock(who);
      box.classList.add("seen");
      box.removeEventListener("scroll", look);
    } else block(who, `Scroll through value ${box.dataset.whole} first: ${percent} % of it was on screen.`);
  };
  box.addEventListener("scroll", look, { passive: true });
  look();
}

// Many arguments: all of their table has to have been on screen. A jump to its end leaves out what lies between.
function watchMany(end) {
  const who = "end";
  const table = end.closest("section").querySelector("table");
  let parts = [];
  const look = () => {
    if (!table.isConnected) { document.removeEventListener("scroll", look, true); return; }
    const { top, height } = table.getBoundingClientRect();
    const [from, to] = [Math.max(0, -top), Math.min(height, innerHeight - top)];
    if (to > from) parts = join(parts, from, to, innerHeight);
    const seen = parts.reduce((sum, [begin, stop]) => sum + stop - begin, 0);
    if (seen < height - SLACK) {
      block(who, `Scroll through all ${end.dataset.end} arguments first: ${Math.floor((100 * seen) / height)} % of them were on screen.`);
      return;
    }
    unblock(who);
    document.removeEventListener("scroll", look, true);
  };
  document.addEventListener("scroll", look, { capture: true, passive: true });
  look();
}

function begin() {
  forgetReasons();
  if (!document.querySelector("form[data-approve]")) return;
  for (const end of document.querySelectorAll("#action [data-end]")) watchMany(end);
  for (const box of document.querySelectorAll("#action [data-whole]")) watchBox(box);
}

export function startSeen() {
  begin();
  document.addEventListener("htmx:after:swap", (event) => { if (event.detail.ctx.target?.id === "main") begin(); });
}
