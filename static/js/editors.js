// Fields that become an editor: its module is fetched only where there is one, and without it the field stays as it is.
export function startEditors() {
  for (const text of document.querySelectorAll("textarea[data-editor]")) {
    const options = { language: text.dataset.editor, indents: text.hasAttribute("data-indents") };
    import("./editor.js").then((editor) => editor.mount(text, options), () => { /* The field does as well. */ });
  }
}
