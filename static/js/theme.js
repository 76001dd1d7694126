// The theme is a cookie, so that the server draws the page in it and nothing flashes.
const THEMES = ["auto", "light", "dark"];
const YEAR = 365 * 24 * 3600;

export function startTheme() {
  const button = document.querySelector("[data-theme-switch]");
  if (!button) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    const root = document.documentElement;
    const next = THEMES[(THEMES.indexOf(root.dataset.theme) + 1) % THEMES.length];
    root.dataset.theme = next;
    button.textContent = `Theme: ${next}`;
    document.cookie = `theme=${next}; path=/; max-age=${YEAR}; samesite=lax`;
  });
}
