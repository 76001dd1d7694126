// The approve button: riskier actions take a longer press. Without this script it is a plain submit button.
// A press that is let go early arms the button instead, and a second press once the same time has passed approves:
// so nobody has to hold, and nobody gets through sooner.
const HOLD = { medium: 800, high: 1200, critical: 1600 };
const ARMED_FOR = 8000;

// Why the button is off, by who says so. The first in time is the one that is shown.
const reasons = new Map();
// What the server wrote there, kept by the place: another action brings another one.
let place = null;
let free = "";
let isKeyDown = false;

const button = () => document.querySelector("form[data-approve] press-to-approve button");
const isOff = (it) => it.getAttribute("aria-disabled") === "true";

function draw() {
  const it = button();
  const why = document.getElementById("why");
  if (!it || !why) return;
  if (why !== place) {
    place = why;
    free = why.textContent;
  }
  const [reason] = reasons.values();
  if (reason) it.setAttribute("aria-disabled", "true");
  else it.removeAttribute("aria-disabled");
  why.textContent = reason ?? free;
  why.classList.toggle("block", Boolean(reason));
}

// Switches the button off for `who`'s reason, and on again when the last one is gone.
export function block(who, reason) {
  if (reasons.get(who) === reason) return;
  reasons.set(who, reason);
  draw();
}

export function unblock(who) {
  if (reasons.delete(who)) draw();
}

// Another action was opened: nothing that held for the last one holds.
export function forgetReasons() {
  reasons.clear();
  draw();
}

class PressToApprove extends HTMLElement {
  connectedCallback() {
    this.time = HOLD[this.className] ?? 0;
    this.button = this.querySelector("button");
    this.word = this.querySelector(".word");
    if (!this.time || !this.button) return;
    const first = this.word.textContent;
    this.what = first[0].toLowerCase() + first.slice(1);
    this.say("Hold to");
    this.button.addEventListener("pointerdown", (event) => { if (event.isPrimary && event.button === 0) this.press(); });
    for (const kind of ["pointerup", "pointerleave", "pointercancel"]) this.button.addEventListener(kind, () => this.release());
    this.button.addEventListener("contextmenu", (event) => { if (this.timer) event.preventDefault(); });
    this.button.addEventListener("keydown", (event) => this.onSpace(event));
    this.button.addEventListener("keyup", (event) => { if (event.key === " ") event.preventDefault(); });
    this.button.addEventListener("click", (event) => this.onClick(event));
    this.onKeyUp = () => this.release();
    addEventListener("keyup", this.onKeyUp);
    addEventListener("blur", this.onKeyUp);
  }

  disconnectedCallback() {
    removeEventListener("keyup", this.onKeyUp);
    removeEventListener("blur", this.onKeyUp);
    clearTimeout(this.timer);
    clearTimeout(this.disarming);
  }

  say(how) {
    this.word.textContent = `${how} ${this.what}`;
  }

  // Space clicks only when it is let go; it is to begin a press as every other key does.
  onSpace(event) {
    if (event.key !== " ") return;
    event.preventDefault();
    if (!event.repeat) this.press();
  }

  onClick(event) {
    event.preventDefault();
    // A pointer's press was counted when it went down. What is left are keys, and software that presses for people.
    if (event.detail || this.timer) return;
    this.press();
    if (!isKeyDown) this.release();
  }

  press() {
    if (isOff(this.button) || this.timer) return;
    if (this.armedAt && performance.now() - this.armedAt >= this.time) {
      this.approve();
      return;
    }
    this.disarm();
    this.startedAt = performance.now();
    this.classList.add("holding");
    this.say("Keep holding to");
    this.timer = setTimeout(() => this.approve(), this.time);
  }

  release() {
    if (!this.timer) return;
    clearTimeout(this.timer);
    this.timer = 0;
    this.classList.remove("holding");
    this.classList.add("armed");
    this.armedAt = this.startedAt;
    this.say("Press again to");
    this.disarming = setTimeout(() => this.disarm(), ARMED_FOR);
  }

  disarm() {
    clearTimeout(this.disarming);
    this.armedAt = 0;
    this.classList.remove("armed");
    this.say("Hold to");
  }

  approve() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.classList.remove("holding");
    this.disarm();
    if (!isOff(this.button)) this.button.form.requestSubmit(this.button);
  }
}

export function startApprove() {
  addEventListener("keydown", () => { isKeyDown = true; }, true);
  addEventListener("keyup", () => { isKeyDown = false; }, true);
  customElements.define("press-to-approve", PressToApprove);
}
