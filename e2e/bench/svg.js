// Plots as SVG, in the reader's light or dark colours.

const WIDTH = 760
const LABEL = 262
const VALUE = 122
const ROW = 22

const style = `
text { font: 12px system-ui, sans-serif; fill: #24292f }
.title { font-weight: 600; font-size: 14px }
.panel { font-weight: 600 }
.faint { fill: #6e7781 }
.bar { fill: #afb8c1 }
.ours { fill: #0969da }
.line { stroke: #24292f; stroke-width: 1 }
.grid { stroke: #d0d7de; stroke-width: 1 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .faint { fill: #8b949e }
  .bar { fill: #545d68 }
  .ours { fill: #4493f8 }
  .line { stroke: #e6edf3 }
  .grid { stroke: #373e47 }
}`

const escaped = (text) => String(text).replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`)
const text = (x, y, words, kind = '', anchor = 'start') =>
  `<text x="${x}" y="${y}" class="${kind}" text-anchor="${anchor}">${escaped(words)}</text>`
const round = (n) => Math.round(n * 10) / 10

function drawing(height, title, parts) {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(title)}">
<style>${style}</style>
${[text(0, 16, title, 'title'), ...parts].join('\n')}
</svg>
`
}

/**
 * Horizontal bars in panels: each has a title and rows `{ name, value, low?, high?, label }`,
 * whose whiskers span low to high. Rows of authfetch stand out.
 */
export function bars(title, panels) {
  const parts = []
  let y = 40
  for (const panel of panels) {
    if (panel.title) parts.push(text(0, y, panel.title, 'panel'))
    const most = Math.max(...panel.rows.map(({ value, high }) => Math.max(value, high ?? 0)))
    const x = (value) => round(LABEL + (value / most) * (WIDTH - LABEL - VALUE))
    for (const { name, value, low, high, label } of panel.rows) {
      y += ROW
      const kind = name.startsWith('authfetch') ? 'ours' : 'bar'
      parts.push(text(LABEL - 8, y, name, '', 'end'))
      parts.push(
        `<rect x="${LABEL}" y="${y - 12}" width="${round(x(value) - LABEL)}" height="15" rx="2" class="${kind}"/>`,
      )
      if (low !== undefined)
        parts.push(
          `<path d="M${x(low)} ${y - 5}H${x(high)}M${x(low)} ${y - 8}v6M${x(high)} ${y - 8}v6" class="line"/>`,
        )
      parts.push(text(x(Math.max(value, high ?? 0)) + 8, y, label))
    }
    y += 34
  }
  return drawing(y - 14, title, parts)
}

/** Points over time in panels: each has a title and points `[x, y]`, of which those over `limit` stand out. */
export function dots(title, panels, { xMost, yMost, xUnit, yUnit, limit }) {
  const HEIGHT = 90
  const LEFT = 60
  const parts = []
  let top = 40
  for (const panel of panels) {
    parts.push(text(0, top, panel.title, 'panel'))
    const bottom = top + 16 + HEIGHT
    const x = (value) => round(LEFT + (value / xMost) * (WIDTH - LEFT - 10))
    const y = (value) => round(bottom - (Math.min(value, yMost) / yMost) * HEIGHT)
    for (const at of [0, limit, yMost]) {
      parts.push(
        `<path d="M${LEFT} ${y(at)}H${WIDTH - 10}" class="grid"/>`,
        text(LEFT - 6, y(at) + 4, `${at} ${yUnit}`, 'faint', 'end'),
      )
    }
    for (const [at, value] of panel.points)
      parts.push(
        `<circle cx="${x(at)}" cy="${y(value)}" r="${value >= limit ? 3.5 : 1.6}" class="${panel.title.startsWith('authfetch') ? 'ours' : 'bar'}"/>`,
      )
    top = bottom + 26
  }
  parts.push(
    text(WIDTH - 10, top - 8, `${xMost} ${xUnit}`, 'faint', 'end'),
    text(LEFT, top - 8, '0', 'faint'),
  )
  return drawing(top, title, parts)
}
