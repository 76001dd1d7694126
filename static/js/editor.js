// CodeMirror over a textarea, which stays what is sent and what works without script. Loaded only where one asks for it.
// The editor lives in a shadow root: there its styles are constructed sheets, which the page's policy allows.
import {
  bracketMatching, Decoration, defaultKeymap, drawSelection, EditorState, EditorView, HighlightStyle, highlightActiveLine,
  highlightActiveLineGutter, highlightSpecialChars, history, historyKeymap, indentMore, indentOnInput, json, keymap,
  lineNumbers, MatchDecorator, syntaxHighlighting, tags, ViewPlugin, yaml,
} from "../vendor/editor.min.js";

const LANGUAGES = { json, yaml };

// Beyond what CodeMirror spells out by itself: direction marks, invisible and filling characters, tags.
const HIDDEN = /[\u202a-\u202e\u2066-\u2069\u200b-\u200f\u2060-\u2064\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180e\u2800\u3164\ufe00-\ufe0f\uffa0\u{e0000}-\u{e01ef}]/gu;
// A letter that is not of ASCII may be another one than it seems; it stays readable, with a line below it.
const OTHER = /[^\u0000-\u007f]/gu;

const name = (char) => `U+${char.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`;

const special = highlightSpecialChars({
  addSpecialChars: HIDDEN,
  render(code) {
    const mark = document.createElement("span");
    mark.className = "cm-hidden";
    mark.textContent = name(String.fromCodePoint(code));
    return mark;
  },
});

const other = new MatchDecorator({
  regexp: OTHER,
  decoration: (match) => Decoration.mark({ class: "cm-other", attributes: { title: name(match[0]) } }),
});
const others = ViewPlugin.fromClass(class {
  constructor(view) { this.decorations = other.createDeco(view); }
  update(update) { this.decorations = other.updateDeco(update, this.decorations); }
}, { decorations: (plugin) => plugin.decorations });

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--accent)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--ok)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--warn)" },
  { tag: tags.comment, color: "var(--soft)" },
]);

const look = EditorView.theme({
  "&": { color: "var(--ink)", backgroundColor: "var(--bg)", border: "1px solid var(--edge)", borderRadius: "8px", fontSize: ".87rem" },
  "&.cm-focused": { outline: "3px solid var(--accent)", outlineOffset: "1px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.5", overflow: "auto", maxHeight: "70vh", minHeight: "12rem" },
  ".cm-gutters": { backgroundColor: "var(--sunk)", color: "var(--soft)", border: "0" },
  ".cm-activeLine": { backgroundColor: "transparent" },
  ".cm-activeLineGutter": { backgroundColor: "transparent", color: "var(--ink)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-hidden": { color: "var(--bad)", border: "1px solid var(--bad)", borderRadius: "4px", padding: "0 .15rem", fontSize: ".8em" },
  ".cm-other": { textDecoration: "underline 2px var(--warn)" },
});

// Escape, then Tab: leaves, however long one waits between the two (WCAG 2.1.2). Any other key takes that back.
const leaving = EditorView.domEventHandlers({
  keydown(event, view) {
    if (event.key === "Escape") view.setTabFocusMode(true);
    else if (event.key !== "Tab" && event.key !== "Shift") view.setTabFocusMode(false);
    return false;
  },
});

function extensions(text, { language, indents }) {
  const label = document.querySelector(`label[for="${text.id}"]`)?.textContent.trim() ?? "";
  const hints = (text.getAttribute("aria-describedby") ?? "").split(" ").map((id) => document.getElementById(id)?.textContent.trim());
  const tab = indents ? [{ key: "Tab", run: indentMore }] : [];
  return [
    leaving, special, others, look, LANGUAGES[language](), syntaxHighlighting(colours), bracketMatching(), indentOnInput(),
    lineNumbers(), highlightActiveLine(), highlightActiveLineGutter(), drawSelection(), history(),
    keymap.of([...tab, ...defaultKeymap, ...historyKeymap]),
    ...(text.wrap === "off" ? [] : [EditorView.lineWrapping]),
    EditorView.contentAttributes.of({
      "aria-label": label, "aria-description": hints.filter(Boolean).join(" "), spellcheck: "false", autocapitalize: "off",
      tabindex: "0",
    }),
  ];
}

export function mount(text, options) {
  const host = document.createElement("div");
  host.className = "editor";
  const root = host.attachShadow({ mode: "open", delegatesFocus: true });
  let writing = false;
  const write = EditorView.updateListener.of((update) => {
    if (!update.docChanged || writing) return;
    text.value = update.state.doc.toString();
    writing = true;
    text.dispatchEvent(new Event("input", { bubbles: true }));
    writing = false;
  });
  const state = EditorState.create({ doc: text.value, extensions: [...extensions(text, options), write] });
  const view = new EditorView({ state, root, parent: root });
  // Whoever writes into the field itself, as a test or a browser that remembers does, is heard.
  text.addEventListener("input", () => {
    if (writing || text.value === view.state.doc.toString()) return;
    writing = true;
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text.value } });
    writing = false;
  });
  document.querySelector(`label[for="${text.id}"]`)?.addEventListener("click", (event) => {
    event.preventDefault();
    view.focus();
  });
  text.addEventListener("reveal", (event) => {
    const { from, to } = event.detail;
    view.dispatch({ selection: { anchor: from, head: to }, effects: EditorView.scrollIntoView(from, { y: "center" }) });
    view.focus();
  });
  text.tabIndex = -1;
  text.setAttribute("aria-hidden", "true");
  text.classList.add("vh");
  text.after(host);
  text.dispatchEvent(new CustomEvent("mounted"));
}
