// Who else has which action open now, by the socket's word. Gone with the socket.
let people = {};

const words = (names) => (names.length > 2 ? `${names[0]} and ${names.length - 1} others look` : `${names.join(" and ")} ${names.length > 1 ? "look" : "looks"}`);

function show() {
  for (const place of document.querySelectorAll("[data-present]")) {
    const names = people[place.dataset.present] ?? [];
    const text = names.length ? words(names) : "";
    if (place.textContent !== text) place.textContent = text;
    place.title = names.length ? `Open now: ${names.join(", ")}` : "";
  }
}

// `found` maps ids of actions to names.
export function draw(found) {
  people = found;
  show();
}

// The action that the person has before their eyes: none in a tab that is hidden.
export function isLooking() {
  return document.hidden ? "" : document.querySelector("#action[data-id]")?.dataset.id ?? "";
}

export function startPresence() {
  document.addEventListener("htmx:after:swap", show);
}
