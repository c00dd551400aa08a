const width = 860
const height = 180
const left = 60
const bottom = 24
const colours = ['#3b6fd4', '#d4703b', '#3ba55d', '#9b59b6']

/** Lines over time as SVG, with a band for each fault. `series` maps a name to [ms, number] pairs. */
export function lineChart({ title, unit, series, faults, from, to }) {
  const all = Object.values(series).flat()
  const top = Math.max(1e-9, ...all.map(([, y]) => y)) * 1.05
  const x = (at) => left + ((at - from) / (to - from)) * (width - left - 8)
  const y = (value) => height - bottom - (value / top) * (height - bottom - 26)
  const bands = faults.map(
    ({ name, from: begin, to: end }) =>
      `<rect x="${x(begin).toFixed(1)}" y="26" width="${Math.max(1.5, x(end) - x(begin)).toFixed(1)}" height="${height - bottom - 26}" class="fault"><title>${name}</title></rect>`,
  )
  const lines = Object.entries(series).map(([, points], i) => {
    const path = points.map(([at, value]) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(' ')
    return `<polyline points="${path}" stroke="${colours[i % colours.length]}"/>`
  })
  const legend = Object.keys(series).map(
    (name, i) =>
      `<text x="${width - 8 - (Object.keys(series).length - 1 - i) * 90}" y="16" text-anchor="end" style="fill:${colours[i % colours.length]}">${name}</text>`,
  )
  const minutes = Math.round((to - from) / 60_000)
  const step = Math.max(1, Math.round(minutes / 10))
  const ticks = Array.from({ length: Math.floor(minutes / step) + 1 }, (_, i) => i * step).map(
    (minute) =>
      `<text x="${x(from + minute * 60_000).toFixed(1)}" y="${height - 8}" text-anchor="middle">${minute} min</text>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="11" role="img" aria-label="${title}">
<title>${title}</title>
<style>text{fill:#777}.title{fill:#444;font-weight:600}.fault{fill:#d43b3b;opacity:.14}polyline{fill:none;stroke-width:1.4}line{stroke:#bbb}
@media (prefers-color-scheme:dark){text{fill:#999}.title{fill:#ddd}line{stroke:#555}}</style>
<text x="${left}" y="16" class="title">${title}</text>
<line x1="${left}" x2="${width - 8}" y1="${height - bottom}" y2="${height - bottom}"/>
<text x="${left - 6}" y="34" text-anchor="end">${label(top / 1.05)} ${unit}</text>
<text x="${left - 6}" y="${height - bottom}" text-anchor="end">0</text>
${[...bands, ...lines, ...legend, ...ticks].join('\n')}
</svg>
`
}

function label(value) {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(2)
}
