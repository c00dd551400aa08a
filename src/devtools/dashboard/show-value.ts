import { inspect } from 'node:util'

/** Longest text that a value is shown as. */
const longest = 20_000

/** A value for people, whatever it is: no code of its own runs, and long ones are cut. */
export function showValue(value: unknown): string {
  const text = typeof value === 'string' ? value : shown(value)
  return text.length > longest ? `${text.slice(0, longest)}…` : text
}

function shown(value: unknown): string {
  return inspect(value, {
    ...{ depth: 8, maxArrayLength: 500, maxStringLength: longest },
    ...{ customInspect: false, breakLength: 80, sorted: false },
  })
}
