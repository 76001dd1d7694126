// Relative times go on counting, and absolute ones say the reader's own time when pointed at.
const UNITS = [[86400, "d"], [3600, "h"], [60, "min"]];
const SOON = 120;
const EVERY = 5000;

// The same words as console/templatetags/console.py `span`.
function span(seconds) {
  for (const [size, unit] of UNITS) if (seconds >= 2 * size) return `${Math.floor(seconds / size)} ${unit}`;
  return `${Math.max(0, Math.floor(seconds))} s`;
}

function tick() {
  const now = Date.now();
  for (const time of document.querySelectorAll("time[data-due]")) {
    const left = (Date.parse(time.dateTime) - now) / 1000;
    time.textContent = left < 0 ? `${span(-left)} late` : span(left);
    time.classList.toggle("late", left < 0);
    time.classList.toggle("soon", left >= 0 && left < SOON);
  }
  for (const time of document.querySelectorAll("time[data-ago]")) {
    time.textContent = `${span((now - Date.parse(time.dateTime)) / 1000)} ago`;
  }
  for (const time of document.querySelectorAll("time[data-zoned]:not([title])")) {
    time.title = new Date(time.dateTime).toLocaleString(undefined, { dateStyle: "full", timeStyle: "long" });
  }
}

export function startTimes() {
  tick();
  setInterval(tick, EVERY);
  document.addEventListener("htmx:after:swap", tick);
}
