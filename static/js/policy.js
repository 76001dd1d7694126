// A fault's line number leads into the text that is being written.
function select(text, number) {
  const lines = text.value.split("\n");
  const start = lines.slice(0, number - 1).reduce((sum, line) => sum + line.length + 1, 0);
  text.focus();
  text.setSelectionRange(start, start + (lines[number - 1]?.length ?? 0));
  text.dispatchEvent(new CustomEvent("reveal", { detail: { from: start, to: text.selectionEnd } }));
  const height = parseFloat(getComputedStyle(text).lineHeight);
  text.scrollTop = Math.max(0, (number - 4) * height);
}

export function startPolicy() {
  const text = document.querySelector("textarea.document");
  if (!text) return;
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-line]");
    if (!link) return;
    event.preventDefault();
    select(text, Number(link.dataset.line));
  });
  // Tab indents, as in any editor; Escape and then Tab leaves the field.
  let leaving = false;
  text.addEventListener("keydown", (event) => {
    if (event.key === "Tab" && !event.shiftKey && !leaving) {
      event.preventDefault();
      text.setRangeText("  ", text.selectionStart, text.selectionEnd, "end");
      text.dispatchEvent(new Event("input", { bubbles: true }));
    }
    leaving = event.key === "Escape";
  });
  const lead = () => { if (text.dataset.at > 0) select(text, Number(text.dataset.at)); };
  text.addEventListener("mounted", lead);
  lead();
}
