import { quotient } from '../statistics.mjs'
import { withoutTtl } from '../variants.mjs'

/** Bytes for an entry at most, without and with a TTL. */
const bytes = { [withoutTtl('hotset')]: 56, hotset: 75 }

export function targetsOf(rows) {
  return rows
    .filter(({ variant }) => variant in bytes)
    .flatMap(({ entries, variant, filled, churned, slowest }) => {
      const target = (what, unit, measured, most) => ({
        name: `${entries.toLocaleString('en')} ${variant}: ${what}`,
        unit,
        measured: { middle: measured },
        most,
      })
      return [
        target('for an entry', 'bytes', Math.max(filled, churned), bytes[variant]),
        target('after churn / before', '×', churned / filled, 1.02),
        target('worst single set', 'ms', slowest[0] ?? 0, 5),
      ]
    })
}

export function wholeTargets(rows) {
  const [ours, map] = ['hotset', 'map'].map((name) => rows.find(({ variant }) => variant === name))
  if (!ours || !map) return []
  const measured = quotient(ours.bytes, map.bytes)
  return [{ name: '200,000 small entries: bytes of hotset / map', unit: '×', measured, most: 1.15 }]
}
