const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 })
const clockTime = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' })
const minuteTime = new Intl.DateTimeFormat('en-GB', { timeStyle: 'short' })

/** What stands where nothing is known. */
export const unknown = '–'

type Maybe = number | null | undefined

const known =
  (format: (value: number) => string) =>
  (value: Maybe): string =>
    value === undefined || value === null || !Number.isFinite(value) ? unknown : format(value)

export const shownCount: (value: Maybe) => string = known((value) =>
  Math.abs(value) < 10_000 ? whole.format(value) : compact.format(value),
)

export const shownRate: (value: Maybe) => string = known((value) =>
  value === 0
    ? '0'
    : value < 0.1
      ? value.toFixed(2)
      : value < 10
        ? value.toFixed(1)
        : shownCount(value),
)

/** Not rounded up to what would be all of it. */
export const shownPercent: (value: Maybe) => string = known((value) => {
  const percent = 100 * value
  const digits = percent > 99.9 && percent < 100 ? 2 : percent === 0 || percent >= 99.95 ? 0 : 1
  return `${(Math.floor(percent * 10 ** digits) / 10 ** digits).toFixed(digits)} %`
})

export const shownBytes: (value: Maybe) => string = known((value) => {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  const power = Math.min(units.length - 1, value < 1 ? 0 : Math.floor(Math.log10(value) / 3))
  const scaled = value / 1000 ** power
  return `${scaled.toFixed(power > 0 && scaled < 100 ? 1 : 0)} ${units[power]}`
})

/** A duration in milliseconds. */
export const shownTime: (value: Maybe) => string = known((value) => {
  const steps: readonly (readonly [number, number, string])[] = [
    [1, 1, 'ms'],
    [1_000, 1_000, 's'],
    [60_000, 60_000, 'min'],
    [3_600_000, 3_600_000, 'h'],
    [86_400_000, 86_400_000, 'd'],
  ]
  const [, size, unit] = steps.findLast(([from]) => value >= from) ?? ([0, 1, 'ms'] as const)
  const scaled = value / size
  return `${scaled === 0 ? '0' : scaled < 10 ? scaled.toFixed(scaled < 1 ? 2 : 1) : whole.format(scaled)} ${unit}`
})

export const shownClock: (value: Maybe) => string = known((value) => clockTime.format(value))

/** As an axis has room for: seconds only where they are not 0. */
export const shownMinute: (value: Maybe) => string = known((value) =>
  (value % 60_000 === 0 ? minuteTime : clockTime).format(value),
)

export const shownRoundPercent: (value: Maybe) => string = known(
  (value) => `${Math.round(100 * value)} %`,
)
