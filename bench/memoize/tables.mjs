import { median, quotient } from '../statistics.mjs'
import { workloads } from './workloads.mjs'

export function tablesOf(rows, trapped, failures) {
  return [
    times(rows, failures),
    ...workloads.map(({ name }) => race(rows, name)),
    mistakes(trapped),
  ].filter(({ lines }) => lines.length > 0)
}

function times(rows, failures) {
  const cell = (subject, workload) => {
    const nsOf = (name) => rows.find((row) => row.subject === name && row.workload === workload)?.ns
    const ns = nsOf(subject)
    if (ns === undefined) return failures.has(`${subject} ${workload}`) ? 'wrong results' : ''
    const ours = nsOf('hotset')
    const times = ours && subject !== 'hotset' ? ` (${quotient(ns, ours).middle.toFixed(1)} ×)` : ''
    return `${median(ns).toFixed(0)}${times}`
  }
  const names = workloads.map(({ name }) => name)
  return {
    name: 'times',
    title: 'A call whose result is remembered: nanoseconds, and how many times as long as hotset',
    head: ['', ...names],
    lines: [...new Set(rows.map(({ subject }) => subject))].map((subject) => [
      subject,
      ...names.map((name) => cell(subject, name)),
    ]),
  }
}

function race(rows, name) {
  const racers = rows.filter(({ workload }) => workload === name)
  return {
    name,
    isForChart: true,
    chart: {
      column: 1,
      title: `A call whose result is remembered, of a function of ${name}`,
      note: 'nanoseconds; shorter is better; those that answer wrongly are left out',
    },
    title: `${name}: nanoseconds`,
    head: ['', 'ns'],
    lines: racers.map(({ subject, ns }) => [subject, median(ns).toFixed(0)]),
  }
}

function mistakes(trapped) {
  return {
    name: 'traps',
    title: 'Different calls that are taken for one, and whether the order of properties counts',
    head: ['', 'taken for one', 'of', 'order counts'],
    lines: trapped.map(({ subject, confused, of, ignoresOrder }) => [
      subject,
      `${confused.length}`,
      `${of}`,
      ignoresOrder ? 'no' : 'yes',
    ]),
  }
}
