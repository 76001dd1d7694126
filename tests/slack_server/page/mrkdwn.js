// Slack's own mark-up as nodes. Texts only ever become text nodes.

const PIECES = /```([\s\S]+?)```|`([^`\n]+)`|<([^>\n]+)>|\*([^*\n]+)\*|~([^~\n]+)~|(?<![A-Za-z0-9])_([^_\n]+)_(?![A-Za-z0-9])|:([a-z0-9_+-]+):/;
const EMOJI = {
  white_check_mark: "\u2705", x: "\u274c", warning: "\u26a0\ufe0f", hourglass: "\u231b", lock: "\u{1f512}",
  pencil2: "\u270f\ufe0f", robot_face: "\u{1f916}", rotating_light: "\u{1f6a8}", bell: "\u{1f514}", no_entry: "\u26d4",
};

export function node(name, options = {}, ...children) {
  const made = Object.assign(document.createElement(name), options);
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

export function text(object, names) {
  if (object.type === "plain_text") return node("span", { className: "text" }, emoji(object.text));
  const parts = object.text.split("\n").map((line) => [line.startsWith("&gt;"), line]);
  const made = node("span", { className: "text" });
  if (object.text.includes("```") || !parts.some(([quoted]) => quoted)) {
    made.append(...inline(object.text, names));
    return made;
  }
  for (const [quoted, line] of parts) {
    const shown = inline(quoted ? line.slice(4).trimStart() : line, names);
    made.append(quoted ? node("blockquote", {}, ...shown) : node("div", {}, ...shown));
  }
  return made;
}

function inline(source, names) {
  const found = PIECES.exec(source);
  if (!found) return source ? [plain(source)] : [];
  const before = source.slice(0, found.index);
  const after = source.slice(found.index + found[0].length);
  return [...(before ? [plain(before)] : []), piece(found, names), ...inline(after, names)];
}

function piece([whole, block, code, angle, bold, struck, leaning, face], names) {
  if (block !== undefined) return node("pre", {}, plain(block.replace(/^\n/, "")));
  if (code !== undefined) return node("code", {}, plain(code));
  if (angle !== undefined) return control(angle, names);
  if (bold !== undefined) return node("b", {}, ...inline(bold, names));
  if (struck !== undefined) return node("s", {}, ...inline(struck, names));
  if (leaning !== undefined) return node("i", {}, ...inline(leaning, names));
  return EMOJI[face] ?? whole;
}

function control(inside, names) {
  const bar = inside.indexOf("|");
  const what = bar < 0 ? inside : inside.slice(0, bar);
  const label = bar < 0 ? "" : inside.slice(bar + 1);
  if (what.startsWith("@") || what.startsWith("#")) {
    return node("span", { className: "mention" }, `${what[0]}${names[what.slice(1)] ?? what.slice(1)}`);
  }
  if (what.startsWith("!date^")) return date(what.split("^"), label);
  if (what.startsWith("!")) return node("span", { className: "mention" }, `@${what.slice(1).split("^")[0]}`);
  return node("a", { href: /^(https?|mailto):/.test(what) ? unescaped(what) : "#", target: "_blank", rel: "noreferrer" }, plain(label || what));
}

function date([, seconds, format], fallback) {
  const at = new Date(Number(seconds) * 1000);
  if (Number.isNaN(at.getTime()) || !format) return plain(fallback);
  const day = at.toLocaleDateString(undefined, { month: "short", day: "numeric", year: "numeric" });
  const time = at.toLocaleTimeString(undefined, { hour: "numeric", minute: "2-digit" });
  return document.createTextNode(
    format.replace(/\{time(_secs)?\}/g, time).replace(/\{(date[a-z_]*|ago)\}/g, day),
  );
}

function plain(source) {
  return document.createTextNode(emoji(unescaped(source)));
}

function unescaped(source) {
  return source.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

function emoji(source) {
  return source.replace(/:([a-z0-9_+-]+):/g, (whole, name) => EMOJI[name] ?? whole);
}
