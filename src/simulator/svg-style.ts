import { optimum } from './policies.ts'

/** Line colours on light and on dark paper; told apart by those who see red and green alike, too. */
const colours: readonly (readonly [light: string, dark: string])[] = [
  ['#2563eb', '#6ea8fe'],
  ['#d97706', '#fbb454'],
  ['#0f9d7a', '#3ddbb0'],
  ['#b83280', '#f58ac4'],
  ['#6d4fc9', '#b49cff'],
  ['#7a5c3e', '#d3b08c'],
]

export function curveClass(policy: string): string {
  return policy === optimum ? 'curve optimum' : `curve ${policy}`
}

export function svgStyle(policies: readonly string[]): string {
  const drawn = policies.filter((policy) => policy !== optimum)
  const paint = (theme: 0 | 1) =>
    drawn.map((policy, index) => {
      const colour = colours[index % colours.length]?.[theme] ?? ''
      return painted(policy, colour, colour)
    })
  return `
text{font:13px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums}
.heading{font-size:19px;font-weight:650}.title{font-size:15px;font-weight:650}.title .note{font-weight:400}
.tick,.note,.value{font-size:12px}.name{font-weight:600}.value{font-weight:400}
.line{fill:none;stroke-width:2.25;stroke-linejoin:round;stroke-linecap:round}
.dot{stroke-width:1.5}.leader{fill:none;stroke-width:1;opacity:.45}.axis,.grid{fill:none;stroke-width:1}
.optimum .line{stroke-dasharray:2 5}
${theme('#ffffff', '#16181d', '#5c6370', '#e6e8ec', '#9aa1ad', '#f4f5f7')}
${painted('optimum', '#6b7280', '#6b7280')}
${paint(0).join('\n')}
@media (prefers-color-scheme:dark){
${theme('#14161b', '#eceef2', '#a2a9b6', '#2a2e37', '#5d6573', '#1b1e25')}
${painted('optimum', '#9aa3b2', '#9aa3b2')}
${paint(1).join('\n')}
}
`
}

function theme(
  paper: string,
  ink: string,
  soft: string,
  grid: string,
  axis: string,
  beyond: string,
): string {
  return `.paper{fill:${paper}}.heading,.title{fill:${ink}}.tick,.note,.value{fill:${soft}}
.grid{stroke:${grid}}.axis{stroke:${axis}}.beyond{fill:${beyond}}.dot{stroke:${paper}}`
}

function painted(policy: string, line: string, text: string): string {
  return `.${policy} .line,.${policy} .leader{stroke:${line}}.${policy} .dot{fill:${line}}.${policy} .name{fill:${text}}`
}
