import { mkdirSync, writeFileSync } from 'node:fs'
import { barChart } from './bar-chart.mjs'

const directory = new URL('results/', import.meta.url)

/** Keeps what a suite found, for the figures of the documentation (`scripts/figures.mjs`). */
export function saveResults(suite, report) {
  mkdirSync(directory, { recursive: true })
  writeFileSync(new URL(`${suite}.json`, directory), `${JSON.stringify(report, null, 1)}\n`)
  writeCharts(directory, suite, report.tables)
}

/** A chart of each table that says what to draw: `<suite>-<table>.svg`. */
export function writeCharts(directory, suite, tables) {
  mkdirSync(directory, { recursive: true })
  for (const table of tables.filter(({ chart }) => chart !== undefined)) {
    writeFileSync(new URL(chartName(suite, table), directory), barChart(chartOf(table)))
  }
}

export function chartName(suite, { name }) {
  return `${suite}-${name.replaceAll(/[^\p{Letter}\p{Number}]+/gu, '-').replaceAll(/^-|-$/g, '')}.svg`
}

/** `chart` says which `column` of the table is drawn, under which `title`, and what it means. */
function chartOf({ chart: { column, title, note }, lines }) {
  const bars = lines
    .map((line) => ({ label: line[0], value: numberOf(line[column]), text: line[column] }))
    .filter(({ value }) => value > 0)
  return { title, note, bars: bars.toSorted((a, b) => a.value - b.value) }
}

function numberOf(cell) {
  return Number.parseFloat(cell.replaceAll(',', ''))
}
