import type { CurvePoint } from '../contracts/cache.ts'

/** What a diagram of hit ratios by size needs to know of its axes. */
export interface ChartScale {
  /** From 0 (left) to 1 (right), by the logarithm of the size. */
  x(size: number): number
  /** From 0 (bottom) to 1 (top). */
  y(hitRatio: number): number
  readonly sizeTicks: readonly number[]
  readonly ratioTicks: readonly number[]
  /** Digits after the point that the ratios of the ticks need, in percent. */
  readonly ratioDigits: number
}

/** The axes on which all the points can be seen; ratios begin at 0. */
export function chartScale(points: readonly CurvePoint[]): ChartScale {
  const sizes = points.map(({ size }) => size)
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)]
  const highest = Math.max(0.01, ...points.map(({ hitRatio }) => hitRatio))
  const step = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1].find((step) => highest / step <= 6) ?? 0.2
  const top = Math.min(1, Math.ceil(highest / step - 1e-9) * step)
  return {
    x: (size) => (least === most ? 0.5 : Math.log(size / least) / Math.log(most / least)),
    y: (hitRatio) => hitRatio / top,
    sizeTicks: roundSizes(least, most) ?? [...new Set(sizes)].sort((a, b) => a - b),
    ratioDigits: step < 0.01 ? 1 : 0,
    ratioTicks: Array.from({ length: Math.round(top / step) + 1 }, (_, i) => i * step),
  }
}

/** 1, 2, 5, 10 and so on within the range; where that says too much, 1, 10, 100. */
function roundSizes(least: number, most: number): number[] | undefined {
  const within = (steps: readonly number[]) => {
    const ticks: number[] = []
    for (let decade = 1; decade <= most; decade *= 10) {
      ticks.push(...steps.map((step) => step * decade).filter((n) => n >= least && n <= most))
    }
    return ticks
  }
  const fine = within([1, 2, 5])
  const ticks = fine.length > 9 ? within([1]) : fine
  return ticks.length < 3 ? undefined : ticks
}

/** `12500` as `12.5k`. */
export function shortNumber(value: number): string {
  const [divisor, unit] =
    value < 1e4 ? [1, ''] : value < 1e6 ? [1e3, 'k'] : value < 1e9 ? [1e6, 'M'] : [1e9, 'G']
  return `${Number((value / divisor).toFixed(1)).toLocaleString('en')}${unit}`
}

export function percent(hitRatio: number, digits: number): string {
  return (100 * hitRatio).toFixed(digits)
}
