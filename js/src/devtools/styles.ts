/**
 * The looks. A page can change any `--af-…` property on an element around the
 * timeline; all rules stay below `.af-timeline`.
 */
const css = `
.af-timeline {
  --_ink: var(--af-ink, light-dark(#1c2433, #e9e6dd));
  --_muted: var(--af-muted, light-dark(#596174, #9da6b8));
  --_line: var(--af-line, light-dark(#e4dfd2, #293142));
  --_ground: var(--af-ground, light-dark(#fffdf8, #161b26));
  --_sent: var(--af-sent, light-dark(#3c6cb4, #6c9fe8));
  --_refused: var(--af-refused, light-dark(#c2452d, #ef7a5f));
  --_wait: var(--af-wait, light-dark(#a97f22, #d6ac58));
  --_renewed: var(--af-renewed, light-dark(#167d61, #3fc39b));
  --_refresh: var(--af-refresh, light-dark(#7448b0, #b391f0));
  --_away: var(--af-away, light-dark(#7d8494, #6d778c));
  --_on-bar: var(--af-on-bar, light-dark(#ffffff, #10151e));
  color: var(--_ink);
  container: af-timeline / inline-size;
}
.af-timeline .af-head { display: flex; gap: 16px; align-items: flex-start; justify-content: space-between; }
.af-timeline .af-caption { margin: 0; min-height: 3em; line-height: 1.5; text-wrap: pretty; }
.af-timeline .af-nav { display: flex; gap: 4px; align-items: center; flex: none; }
.af-timeline .af-place {
  min-width: 8.5em; text-align: center; color: var(--_muted);
  font-size: .8125em; font-variant-numeric: tabular-nums; white-space: nowrap;
}
.af-timeline .af-step {
  inline-size: 32px; block-size: 32px; padding: 0; border: 1px solid color-mix(in oklab, var(--_ink) 28%, var(--_ground)); border-radius: 8px;
  background: none; color: inherit; font: inherit; line-height: 1; cursor: pointer;
}
.af-timeline .af-step:disabled { opacity: .4; cursor: default; }
.af-timeline .af-step:not(:disabled):hover { border-color: var(--_muted); }
.af-timeline .af-step:focus-visible, .af-timeline summary:focus-visible { outline: 2px solid var(--_refresh); outline-offset: 2px; }
.af-timeline .af-plot { position: relative; block-size: var(--af-height, 400px); }
.af-timeline svg.af-picture { display: block; inline-size: 100%; block-size: 100%; font-size: 11px; font-variant-numeric: tabular-nums; }
.af-timeline svg text { fill: var(--_muted); dominant-baseline: central; }
.af-timeline .af-rule, .af-timeline .af-tick { stroke: var(--_line); stroke-width: 1; shape-rendering: crispEdges; }
.af-timeline .af-frame { stroke: var(--_muted); stroke-width: 1; opacity: .5; shape-rendering: crispEdges; }
.af-timeline .af-label { font-family: var(--af-mono, ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace); }
.af-timeline text.af-label { fill: var(--_ink); }
.af-timeline text.af-label-own { fill: var(--_refresh); }
.af-timeline .af-bracket { fill: none; stroke: var(--_muted); opacity: .55; }
.af-timeline .af-hover { fill: var(--_ink); opacity: .07; }
.af-timeline .af-sent { fill: var(--_sent); }
.af-timeline .af-refused { fill: var(--_refused); }
.af-timeline .af-renewed { fill: var(--_renewed); }
.af-timeline .af-untouched { fill: none; stroke: var(--_away); stroke-width: 1.5; }
.af-timeline .af-stripe { stroke: var(--_wait); stroke-width: 2.4; opacity: .9; }
.af-timeline .af-stripe-ground { fill: color-mix(in oklab, var(--_wait) 24%, var(--_ground)); }
.af-timeline .af-away-stripe { stroke: var(--_away); stroke-width: 1; opacity: .45; }
.af-timeline .af-away-edge { stroke: var(--_away); stroke-dasharray: 2 3; }
.af-timeline text.af-in-bar { fill: var(--_on-bar); font-weight: 600; }
.af-timeline text.af-status { fill: var(--_ink); }
.af-timeline text.af-bad { fill: var(--_refused); font-weight: 600; }
.af-timeline .af-end { fill: var(--_ink); }
.af-timeline .af-end-bad { fill: var(--_refused); }
.af-timeline .af-cross { fill: none; stroke: var(--_refused); stroke-width: 2; stroke-linecap: round; }
.af-timeline .af-band { fill: var(--_refresh); opacity: .12; }
.af-timeline .af-band-edge { stroke: var(--_refresh); stroke-width: 1; opacity: .8; shape-rendering: crispEdges; }
.af-timeline .af-step-send { fill: var(--_refresh); }
.af-timeline .af-step-queue { fill: var(--_ground); stroke: var(--_refresh); }
.af-timeline .af-step-pause { fill: none; stroke: var(--_refresh); stroke-dasharray: 2 2; }
.af-timeline .af-band-failed { fill: var(--_refused); opacity: .14; }
.af-timeline text.af-band-text { fill: var(--_refresh); font-weight: 600; }
.af-timeline text.af-band-text-in { fill: var(--_on-bar); font-weight: 600; }
.af-timeline .af-marker { stroke: var(--_ink); stroke-width: 1; stroke-dasharray: 3 3; opacity: .6; }
.af-timeline .af-marker-expired, .af-timeline .af-marker-revoked { stroke: var(--_refused); opacity: .9; }
.af-timeline .af-flag { fill: var(--_ink); }
.af-timeline .af-flag-expired, .af-timeline .af-flag-revoked { fill: var(--_refused); }
.af-timeline text.af-flag-text { fill: var(--_ink); }
.af-timeline .af-now { stroke: var(--_ink); stroke-width: 1; opacity: .35; }
.af-timeline .af-empty { position: absolute; inset: 0; display: grid; place-items: center; color: var(--_muted); text-align: center; padding: 24px; margin: 0; pointer-events: none; }
.af-timeline [hidden] { display: none; }
.af-timeline .af-tip {
  position: absolute; inset-block-start: 0; inset-inline-start: 0; max-inline-size: min(440px, 90%); padding: 8px 10px; border-radius: 8px;
  background: var(--_ink); color: var(--_ground); font-size: .8125em; line-height: 1.45; pointer-events: none; z-index: 1;
}
.af-timeline .af-tip b { display: block; font-weight: 600; overflow-wrap: anywhere; }
.af-timeline .af-legend {
  display: flex; flex-wrap: wrap; gap: 6px 18px; margin: 10px 0 0; padding: 0; list-style: none;
  color: var(--_muted); font-size: .8125em;
}
.af-timeline .af-legend li { display: flex; gap: 7px; align-items: center; }
.af-timeline .af-legend svg { inline-size: 22px; block-size: 12px; flex: none; }
.af-timeline .af-details { margin-block-start: 10px; font-size: .8125em; }
.af-timeline summary { color: var(--_muted); cursor: pointer; inline-size: fit-content; }
.af-timeline .af-scroll { overflow: auto; max-block-size: 320px; margin-block-start: 8px; }
.af-timeline table { border-collapse: collapse; inline-size: 100%; }
.af-timeline th, .af-timeline td { padding: 5px 12px 5px 0; border-block-end: 1px solid var(--_line); text-align: start; vertical-align: top; font-variant-numeric: tabular-nums; }
.af-timeline th { color: var(--_muted); font-weight: 500; }
.af-timeline .af-unseen { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@container af-timeline (inline-size < 560px) {
  .af-timeline .af-head { flex-direction: column-reverse; gap: 6px; }
  .af-timeline .af-nav { align-self: stretch; justify-content: space-between; }
  .af-timeline .af-caption { min-height: 4.5em; }
}
`

const styled = new WeakMap<Document | ShadowRoot, Set<string>>()

/**
 * Gives styles to the tree that the element is in, once. A constructed sheet is
 * not inline style, so a strict Content-Security-Policy lets it pass.
 */
export function injectStyles(element: Element, styles = css): void {
  const root = element.getRootNode()
  const home = root instanceof ShadowRoot ? root : document
  const given = styled.get(home) ?? new Set()
  if (given.has(styles)) return
  styled.set(home, given.add(styles))
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(styles)
  home.adoptedStyleSheets = [...home.adoptedStyleSheets, sheet]
}
