const second = 1000
const steps: readonly (readonly [unit: string, ms: number])[] = [
  ['d', 86_400 * second],
  ['h', 3600 * second],
  ['min', 60 * second],
  ['s', second],
]

/** A time for people: `2 d 3 h`, `4.2 s`, `0.31 ms`. */
export function shownTime(ms: number): string {
  if (ms === Infinity) return 'for ever'
  if (ms < 0) return `-${shownTime(-ms)}`
  if (ms < second) return `${ms === 0 ? 0 : ms < 10 ? ms.toFixed(2) : Math.round(ms)} ms`
  if (ms < 10 * second) return `${(ms / second).toFixed(1)} s`
  const first = steps.findIndex(([, length]) => ms >= length)
  const [unit, length] = steps[first] ?? ['s', second]
  const rest = steps[first + 1]
  const whole = Math.floor(ms / length)
  const remainder = rest === undefined ? 0 : Math.floor((ms % length) / rest[1])
  return remainder === 0 ? `${whole} ${unit}` : `${whole} ${unit} ${remainder} ${rest?.[0]}`
}

/** A number of bytes for people, by powers of 1,024. */
export function shownBytes(bytes: number): string {
  if (bytes === Infinity) return 'no bound'
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let rest = bytes
  let unit = 0
  for (; rest >= 1024 && unit < units.length - 1; unit++) rest /= 1024
  return `${unit === 0 || rest >= 100 ? Math.round(rest) : rest.toFixed(1)} ${units[unit]}`
}

/** Some things, counted: `1 entry`, `2,000 entries`. */
export function counted(count: number, one: string, many: string): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`
}

/** JSON has no `Infinity`. */
export function orNull(number: number): number | null {
  return Number.isFinite(number) ? number : null
}
