const width = 720
const top = 62
const row = 24
const labels = 176
const values = 150

/**
 * An SVG of horizontal bars; `bars` are `{ label, value, text }`, of which ours and the bare limits
 * have colours of their own. Shorter is better.
 */
export function barChart({ title, note, bars }) {
  const height = top + bars.length * row + 14
  const longest = Math.max(...bars.map(({ value }) => value))
  const scale = (width - labels - values) / longest
  const drawn = bars.map((bar, index) => barOf(bar, top + index * row, scale)).join('\n')
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}">
<style>${style}</style>
<rect class="paper" width="${width}" height="${height}" rx="6"/>
<text class="title" x="16" y="28">${escaped(title)}</text>
<text class="note" x="16" y="47">${escaped(note)}</text>
${drawn}
</svg>
`
}

function barOf({ label, value, text }, y, scale) {
  const kind = label.startsWith('hotset') ? 'ours' : limits.has(label) ? 'limit' : 'peer'
  const length = Math.max(1, value * scale)
  return `<g class="${kind}"><text class="name" x="${labels - 8}" y="${y + 15}">${escaped(label)}</text><rect class="bar" x="${labels}" y="${y + 3}" width="${length.toFixed(1)}" height="16" rx="2"/><text class="value" x="${(labels + length + 8).toFixed(1)}" y="${y + 15}">${escaped(text)}</text></g>`
}

/** What does the least that can be done. */
const limits = new Set(['map', 'map-async', 'loop', 'node-redis', 'ioredis', 'node-http'])

const theme = (paper, ink, soft, ours, peer, limit) =>
  `.paper{fill:${paper}}.title{fill:${ink}}.name{fill:${ink}}.note,.value{fill:${soft}}` +
  `.ours .bar{fill:${ours}}.peer .bar{fill:${peer}}.limit .bar{fill:${limit}}`

/** As the curves of the simulator look, on light and on dark paper. */
const style =
  'text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums}' +
  '.title{font-size:15px;font-weight:650}.name{text-anchor:end}.ours .name{font-weight:650}' +
  theme('#ffffff', '#16181d', '#5c6370', '#2563eb', '#9aa1ad', '#d6d9de') +
  `@media (prefers-color-scheme:dark){${theme('#14161b', '#eceef2', '#a2a9b6', '#6ea8fe', '#5d6573', '#353a45')}}`

function escaped(text) {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}
