// Dialogs. `#sheet` shows the form that a link fetched; `data-opens` names a dialog that is on the page already.
export function startSheet() {
  const sheet = document.getElementById("sheet");
  let opener = null;

  for (const button of document.querySelectorAll("[data-opens]")) {
    button.hidden = false;
    button.addEventListener("click", () => document.getElementById(button.dataset.opens).showModal());
  }
  if (!sheet) return;
  document.addEventListener("htmx:before:request", (event) => {
    const source = event.detail.ctx.sourceElement;
    if (source?.getAttribute("hx-target") === "#sheet") opener = source;
  });
  document.addEventListener("htmx:after:swap", (event) => {
    const { target } = event.detail.ctx;
    if ((target === sheet || target === "#sheet") && sheet.childElementCount && !sheet.open) {
      sheet.showModal();
      sheet.querySelector("input:not([type=hidden]), textarea")?.focus();
    }
  });
  sheet.addEventListener("click", (event) => {
    if (!event.target.closest("[data-dismisses]")) return;
    event.preventDefault();
    sheet.close();
  });
  sheet.addEventListener("close", () => {
    sheet.replaceChildren();
    if (opener?.isConnected) opener.focus();
  });
}
