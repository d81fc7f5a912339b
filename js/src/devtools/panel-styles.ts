/**
 * The panel's own looks, in its shadow tree. An `!important` here wins over one of
 * the page (https://drafts.csswg.org/css-cascade/#cascade-sort), so that a
 * stylesheet that means every element does not mean this one.
 */
export const panelStyles = `
:host {
  all: initial !important;
  position: fixed !important;
  inset: auto 12px 12px 12px !important;
  z-index: 2147483647 !important;
  display: flex !important;
  flex-direction: column !important;
  align-items: flex-end !important;
  gap: 8px !important;
  pointer-events: none !important;
  color-scheme: light dark !important;
  font: 14px/1.5 system-ui, 'Helvetica Neue', Arial, 'Liberation Sans', sans-serif !important;
  --ground: light-dark(#fffdf8, #161b26);
  --ink: light-dark(#1c2433, #e9e6dd);
  --muted: light-dark(#596174, #9da6b8);
  --line: light-dark(#d5cfc0, #3a455b);
  --accent: light-dark(#6a3ea6, #b391f0);
  --bad: light-dark(#b03a23, #ef7a5f);
  --af-ink: var(--ink);
  --af-muted: var(--muted);
  --af-ground: var(--ground);
  --af-refresh: var(--accent);
  --af-height: clamp(180px, 42vh, 340px);
}
:host([data-color-scheme='light']) { color-scheme: light !important; }
:host([data-color-scheme='dark']) { color-scheme: dark !important; }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
button {
  min-block-size: 32px; padding: 4px 12px; border: 1px solid var(--line); border-radius: 8px;
  background: var(--ground); color: var(--ink); font: inherit; cursor: pointer;
}
button:hover { border-color: var(--muted); }
button:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.toggle {
  display: flex; gap: 8px; align-items: center; pointer-events: auto; border-radius: 999px;
  font-weight: 600; box-shadow: 0 2px 10px rgb(0 0 0 / .18);
}
.count {
  min-inline-size: 22px; padding: 0 6px; border-radius: 999px; background: var(--accent); color: var(--ground);
  font-size: 12px; line-height: 20px; text-align: center; font-variant-numeric: tabular-nums;
}
[data-failed] .count { background: var(--bad); }
section {
  inline-size: min(960px, 100%); max-block-size: calc(100vh - 80px); overflow: auto; pointer-events: auto;
  padding: 12px 16px 16px; border: 1px solid var(--line); border-radius: 14px;
  background: var(--ground); color: var(--ink); box-shadow: 0 8px 40px rgb(0 0 0 / .28);
}
header { display: flex; gap: 8px; align-items: center; margin-block-end: 8px; }
h2 { flex: 1; margin: 0; font: inherit; font-weight: 600; }
`
