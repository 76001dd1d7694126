// Draws what one person of this Slack sees, and sends what they press. Asks again twice a second.

import { draw, valueOf } from "./blocks.js";
import { node, text } from "./mrkdwn.js";

const $ = (id) => document.getElementById(id);
const HOME = "home";
let state = null;
let place = "";
let shownModal = "";

async function refresh(force = false) {
  const known = state && !force ? `&version=${state.version}` : "";
  const answer = await fetch(`/look/state?as=${state?.as ?? ""}${known}`);
  if (answer.status === 200) paint(await answer.json());
}

async function act(what, more) {
  const body = JSON.stringify({ as: state.as, ...more });
  const answer = await (await fetch(`/look/${what}`, { method: "POST", body })).json();
  say(answer.said);
  for (const [block, error] of Object.entries(answer.errors ?? {})) {
    const at = $(`error-${block}`);
    if (at) at.textContent = error;
  }
  await refresh();
}

function say(words) {
  $("told").textContent = words ?? "";
}

function paint(next) {
  state = next;
  const names = Object.fromEntries([...state.people, ...state.channels].map((each) => [each.id, each.name]));
  if (place !== HOME && !state.channels.some((channel) => channel.id === place)) place = state.channels[0]?.id ?? HOME;
  people();
  channels();
  if (state.console) Object.assign($("console"), { hidden: false, href: state.console });
  if (place === HOME) home(names);
  else messages(names);
  modal(names);
}

function people() {
  const label = (person) => `${person.name}, ${person.team}${person.kind ? ` (${person.kind})` : ""}`;
  const options = state.people.filter((person) => !person.is_bot)
    .map((person) => node("option", { value: person.id, selected: person.id === state.as }, label(person)));
  if (document.activeElement !== $("person")) $("person").replaceChildren(...options);
}

function channels() {
  const entry = (id, name) => {
    const made = node("button", { type: "button", onclick: () => go(id) }, name);
    if (id === place) made.ariaCurrent = "page";
    return made;
  };
  const sign = (channel) => (channel.is_im ? "" : channel.is_private ? "\u{1f512} " : "# ");
  const note = (channel) => (channel.is_archived ? " (archived)" : channel.is_shared ? " (shared)" : "");
  const made = state.channels.map((channel) => entry(channel.id, sign(channel) + channel.name + note(channel)));
  $("channels").replaceChildren(...made, entry(HOME, "Countersign: Home"));
}

async function go(id) {
  place = id;
  if (id === HOME) await act("home", {});
  await refresh(true);
}

function messages(names) {
  const channel = state.channels.find((each) => each.id === place);
  const here = state.messages.filter((message) => message.channel === place);
  $("title").textContent = channel.is_im ? channel.name : `#${channel.name}`;
  $("say").hidden = false;
  const roots = here.filter((message) => !message.thread_ts || message.only_for);
  $("messages").replaceChildren(...roots.map((message) => drawn(message, here, names)));
}

function drawn(message, here, names) {
  const author = state.people.find((person) => person.id === message.user);
  const name = author.is_bot ? "Countersign" : author.name;
  const replies = here.filter((each) => each.thread_ts === message.ts && !each.only_for);
  const pressed = (block, element, given) => confirmed(element, names, () =>
    act("press", { channel: place, ts: message.ts, blocks: message.blocks, action_id: element.action_id, given }));
  const content = message.blocks?.length
    ? draw(message.blocks, names, pressed)
    : [node("div", { className: "block" }, text({ type: "mrkdwn", text: message.text }, names))];
  return node("article", { className: message.only_for ? "message whisper" : "message" },
    node("div", { className: "face", ariaHidden: "true" }, name[0]),
    node("div", {},
      node("div", {}, node("span", { className: "who" }, name),
        author.is_bot ? node("span", { className: "app" }, "APP") : null,
        node("span", { className: "when" }, new Date(Number(message.ts) * 1000).toLocaleTimeString()),
        message.edited ? node("span", { className: "note" }, "(edited)") : null,
        message.only_for ? node("span", { className: "note" }, "Only visible to you") : null),
      ...content,
      replies.length ? node("div", { className: "thread" }, ...replies.map((reply) => drawn(reply, [], names))) : null));
}

function home(names) {
  $("title").textContent = "Countersign: Home";
  $("say").hidden = true;
  const pressed = (block, element, given) => confirmed(element, names, () =>
    act("press-home", { action_id: element.action_id, given }));
  const content = state.home ? draw(state.home.blocks, names, pressed) : [node("p", {}, "Nothing was published yet.")];
  $("messages").replaceChildren(...content);
}

function confirmed(element, names, go) {
  const asked = element.confirm;
  if (!asked) return go();
  const box = $("confirm");
  const close = (then) => () => { box.close(); then?.(); };
  box.replaceChildren(
    node("h3", { id: "confirm-title" }, asked.title.text),
    node("div", { className: "body" }, text(asked.text, names)),
    node("div", { className: "feet" },
      node("button", { type: "button", className: "btn", onclick: close() }, asked.deny.text),
      node("button", { type: "button", className: `btn ${asked.style ?? "primary"}`, onclick: close(go) }, asked.confirm.text)));
  return box.showModal();
}

function modal(names) {
  const box = $("modal");
  const view = state.modal;
  if (!view) {
    shownModal = "";
    if (box.open) box.close();
    return;
  }
  const mark = `${view.id} ${view.hash}`;
  // What somebody is typing stays until the app shows another view.
  if (mark === shownModal && box.open) return;
  shownModal = mark;
  const pressed = (block, element, given) => confirmed(element, names, () =>
    act("press-modal", { action_id: element.action_id, given }));
  const form = node("form", { onsubmit: submit },
    node("h3", { id: "modal-title" }, view.title.text),
    node("div", { className: "body" }, ...draw(view.blocks, names, pressed)),
    node("div", { className: "feet" },
      node("button", { type: "button", className: "btn", onclick: () => act("close", {}) }, view.close?.text ?? "Close"),
      view.submit ? node("button", { className: "btn primary" }, view.submit.text) : null));
  box.replaceChildren(form);
  if (!box.open) box.showModal();
}

function submit(event) {
  event.preventDefault();
  const values = {};
  for (const held of event.target.querySelectorAll("[data-block]")) values[held.dataset.block] = valueOf(held);
  for (const error of event.target.querySelectorAll(".error")) error.textContent = "";
  act("submit", { values });
}

$("person").addEventListener("change", async () => {
  state.as = $("person").value;
  place = place === HOME ? HOME : "";
  shownModal = "";
  say("");
  await refresh(true);
});
$("fault").addEventListener("change", () => act("fault", { fault: $("fault").value }));
$("modal").addEventListener("cancel", (event) => { event.preventDefault(); act("close", {}); });
$("say").addEventListener("submit", (event) => {
  event.preventDefault();
  act("command", { channel: place, text: $("text").value });
});

await refresh(true);
setInterval(() => refresh().catch(() => say("The stand-in is gone.")), 500);
