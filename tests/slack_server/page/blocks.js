// Blocks and elements as nodes. `act` tells what was pressed, chosen or confirmed.

import { node, text } from "./mrkdwn.js";

const LINES = { number_input: "text", email_text_input: "email", url_text_input: "url", datepicker: "date", timepicker: "time" };

export function draw(blocks, names, act) {
  return blocks.map((block) => {
    const made = (DRAWN[block.type] ?? unknown)(block, names, (element, given) => act(block, element, given));
    made.classList.add("block");
    return made;
  });
}

const DRAWN = {
  header: (block, names) => node("div", { className: "header" }, text(block.text, names)),
  divider: () => node("hr"),
  section: (block, names, act) => node("div", { className: "section" },
    node("div", {},
      block.text ? text(block.text, names) : null,
      block.fields ? node("div", { className: "fields" }, ...block.fields.map((field) => text(field, names))) : null),
    block.accessory ? node("div", {}, element(block.accessory, names, act)) : null),
  context: (block, names) => node("div", { className: "context" },
    ...block.elements.map((each) => (each.type === "image" ? node("span", {}, each.alt_text) : text(each, names)))),
  actions: (block, names, act) => node("div", { className: "row" }, ...block.elements.map((each) => element(each, names, act))),
  markdown: (block) => node("div", { className: "text" }, block.text),
  input: (block, names, act) => asked(block, names, act),
};

function unknown(block) {
  return node("div", { className: "context" }, `[${block.type}]`);
}

function element(given, names, act) {
  if (given.type === "button") return button(given, act);
  if (given.type === "overflow") return menu({ ...given, placeholder: { text: "…" } }, names, (value) => act(given, value));
  if (given.type === "checkboxes" || given.type === "radio_buttons") return choices(given, names, (values) => act(given, values));
  if (given.type === "image") return node("span", {}, given.alt_text);
  return field(given, names, (value) => act(given, value));
}

function button(given, act) {
  const look = { className: `btn ${given.style ?? ""}` };
  if (given.accessibility_label) look.ariaLabel = given.accessibility_label;
  if (given.url) return node("a", { ...look, href: given.url, target: "_blank", rel: "noreferrer" }, given.text.text);
  return node("button", { ...look, type: "button", onclick: () => act(given) }, given.text.text);
}

function asked(block, names, act) {
  const held = block.element;
  const several = held.type === "checkboxes" || held.type === "radio_buttons";
  const inner = several ? choices(held, names) : field(held, names);
  inner.dataset.block = block.block_id;
  const note = block.optional ? " (optional)" : "";
  const made = several ? node("fieldset", { className: "input" }) : node("label", { className: "input" });
  made.append(
    node(several ? "legend" : "span", { className: "name" }, block.label.text + note), inner,
    block.hint ? node("span", { className: "hint" }, block.hint.text) : "",
    node("span", { className: "error", id: `error-${block.block_id}` }),
  );
  if (block.dispatch_action) inner.addEventListener("change", () => act(held, valueOf(inner)));
  return made;
}

function field(given, names, changed) {
  let made;
  if (given.type.endsWith("select")) made = menu(given, names);
  else if (given.multiline) made = node("textarea", { value: given.initial_value ?? "" });
  else {
    const start = given.initial_value ?? given.initial_date ?? given.initial_time ?? "";
    made = node("input", { type: LINES[given.type] ?? "text", value: start });
  }
  if (given.placeholder && made.tagName !== "SELECT") made.placeholder = given.placeholder.text;
  if (given.max_length) made.maxLength = given.max_length;
  if (changed) made.addEventListener("change", () => changed(valueOf(made)));
  if (changed) made.ariaLabel = given.placeholder?.text ?? given.action_id;
  return made;
}

function menu(given, names, changed) {
  const groups = given.option_groups ?? [{ options: given.options ?? [] }];
  const made = node("select", {}, node("option", { value: "" }, given.placeholder?.text ?? "Choose"));
  for (const group of groups) {
    const inside = group.options.map((option) => node("option", { value: option.value }, option.text.text));
    made.append(...(group.label ? [node("optgroup", { label: group.label.text }, ...inside)] : inside));
  }
  if (given.initial_option) made.value = given.initial_option.value;
  if (changed) {
    made.ariaLabel = given.placeholder?.text ?? given.action_id;
    made.addEventListener("change", () => made.value && changed(made.value));
  }
  return made;
}

function choices(given, names, changed) {
  const one = given.type === "radio_buttons";
  const initial = (given.initial_options ?? [given.initial_option ?? {}]).map((option) => option.value);
  const made = node("div", { className: "choices" });
  made.dataset.kind = given.type;
  for (const option of given.options) {
    const box = node("input", { type: one ? "radio" : "checkbox", name: given.action_id, value: option.value, checked: initial.includes(option.value) });
    made.append(node("label", { className: "choice" }, box, " ", text(option.text, names)));
  }
  if (changed) made.addEventListener("change", () => changed(valueOf(made)));
  return made;
}

export function valueOf(made) {
  if (!made.dataset.kind) return made.value || null;
  const chosen = [...made.querySelectorAll("input:checked")].map((box) => box.value);
  return made.dataset.kind === "radio_buttons" ? chosen[0] ?? null : chosen;
}
