// The socket tells what changed; the page then fetches it. Without a socket the page looks by itself, and says so.
import { draw, isLooking } from "./presence.js";

const POLL = 20_000;
// console/live/consumers.py NOT_HERE: the session or the membership ended.
const SENT_AWAY = 4403;
const AGAIN = [1_000, 2_000, 5_000, 10_000, 20_000];

const say = (name) => document.body.dispatchEvent(new CustomEvent(name));

function hear(news) {
  if (news.kind === "presence") {
    draw(news.people);
    return;
  }
  document.dispatchEvent(new CustomEvent("told", { detail: news }));
  const open = document.querySelector("#action[data-id]");
  if (document.querySelector("#rows")) say("news");
  if (news.kind === "stop_switch.changed") say("stops");
  if (open && open.dataset.id === news.id && open.dataset.version !== String(news.version)) say("action-news");
  if (open && open.dataset.id === news.id && news.kind.startsWith("claim.")) say("company");
}

function look() {
  say("news");
  say("action-news");
  say("company");
  say("stops");
}

export function startLive() {
  const sign = document.getElementById("live");
  if (!sign) return;
  let tries = 0;
  let live = false;
  let socket = null;

  const show = (isLive, word = isLive ? "Live" : "Delayed") => {
    live = isLive;
    sign.classList.toggle("on", isLive);
    sign.classList.toggle("late", !isLive);
    sign.querySelector(".txt").textContent = word;
    sign.title = isLive ? "News arrives at once" : `Looks for news every ${POLL / 1000} seconds`;
  };
  const lookAt = (id) => {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ looking: id }));
  };
  const connect = () => {
    socket = new WebSocket(new URL(sign.dataset.live, location.href.replace(/^http/, "ws")));
    socket.addEventListener("open", () => {
      if (tries) look();
      tries = 0;
      show(true);
      lookAt(isLooking());
    });
    socket.addEventListener("message", (event) => hear(JSON.parse(event.data)));
    socket.addEventListener("close", (event) => {
      if (event.code === SENT_AWAY) {
        show(false, "Logged out: reload the page");
        clearInterval(polling);
        return;
      }
      draw({});
      show(false);
      setTimeout(connect, AGAIN[Math.min(tries, AGAIN.length - 1)]);
      tries += 1;
    });
  };
  show(false);
  const polling = setInterval(() => { if (!live && !document.hidden) look(); }, POLL);
  connect();
  document.addEventListener("htmx:after:swap", (event) => { if (event.detail.ctx.target?.id === "main") lookAt(isLooking()); });
  document.addEventListener("visibilitychange", () => lookAt(isLooking()));
  document.addEventListener("visibilitychange", () => { if (!document.hidden && !live) look(); });
}
