import os from 'node:os'

export function environmentOf(packages) {
  return {
    node: process.version,
    v8: process.versions.v8,
    cpu: `${os.cpus().length} × ${os.cpus()[0]?.model.trim()}`,
    memory: `${Math.round(os.totalmem() / 2 ** 30)} GB`,
    load: os.loadavg()[0],
    date: new Date().toISOString(),
    packages,
  }
}

export function printEnvironment({ node, v8, cpu, load, date, packages }) {
  const versions = Object.entries(packages).map(([name, version]) => `${name} ${version}`)
  console.log(`\nNode ${node} (V8 ${v8}), ${cpu}, load ${load.toFixed(1)}, ${date}`)
  console.log(versions.join(', '))
}

export function printTable({ title, head, lines }) {
  const widths = head.map((cell, column) =>
    Math.max(cell.length, ...lines.map((line) => line[column].length)),
  )
  const row = (cells) =>
    cells
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]),
      )
      .join('  ')
      .trimEnd()
  console.log(`\n${title}\n`)
  console.log(
    [row(head), row(widths.map((width) => '─'.repeat(width))), ...lines.map(row)].join('\n'),
  )
}

export function isMet({
  measured,
  least = Number.NEGATIVE_INFINITY,
  most = Number.POSITIVE_INFINITY,
}) {
  return measured.middle >= least && measured.middle <= most
}

export function printTargets(targets) {
  if (targets.length === 0) return
  printTable({
    title: 'Targets',
    head: ['', 'asked', 'measured', 'rounds', ''],
    lines: targets.map((target) => {
      const { name, unit, least, most, measured } = target
      const { middle, low, high } = measured
      return [
        name,
        least === undefined ? `≤ ${most} ${unit}` : `≥ ${least} ${unit}`,
        middle.toFixed(2),
        !(low < high) ? '' : `${low.toFixed(2)}–${high.toFixed(2)}`,
        isMet(target) ? 'met' : 'NOT MET',
      ]
    }),
  })
}

export function printFailures(failures) {
  for (const [name, reason] of failures) console.log(`\n${name} is disqualified: ${reason}`)
}
