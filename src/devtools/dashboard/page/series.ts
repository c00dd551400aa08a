import type { Sample } from '../sample.ts'

type Counter = Exclude<keyof Sample, 'at'>

const counters: readonly Counter[] = [
  ...(['memoryHits', 'storeHits', 'misses', 'coalesced', 'loads', 'loadFailures'] as const),
  ...(['loadMs', 'writes', 'operations', 'operationMs'] as const),
]

/** What happened in a while, in all processes that are looked at; undefined where nobody knows. */
export type Span = { readonly at: number } & Readonly<Record<Counter, number | undefined>>

/** What is known of a process. */
export interface History {
  /** Before, there was nothing to be known; epoch milliseconds. */
  readonly startedAt: number
  /** The oldest first. */
  readonly samples: readonly Sample[]
}

/**
 * Cuts the time until `end` into equal spans; the oldest first. As long as there was a process of which
 * nothing is known, nothing is known of all together: a sum of some would look like a change.
 */
export function spansOf(
  histories: readonly History[],
  end: number,
  stepMs: number,
  count: number,
): Span[] {
  return Array.from({ length: count }, (_, i) => {
    const to = end - (count - 1 - i) * stepMs
    const from = to - stepMs
    const isKnown = histories.every(
      ({ startedAt, samples: [first] }) =>
        startedAt >= to || (first !== undefined && first.at <= Math.max(from, startedAt)),
    )
    const sums = counters.map((counter) => [
      counter,
      isKnown
        ? sumOf(histories.map(({ samples }) => increase(samples, counter, from, to)))
        : undefined,
    ])
    return { at: to, ...(Object.fromEntries(sums) as Omit<Span, 'at'>) }
  })
}

/** How much a counter grew between two instants; undefined where the samples do not reach there. */
function increase(
  samples: readonly Sample[],
  counter: Counter,
  from: number,
  to: number,
): number | undefined {
  const [first, last] = [samples[0], samples.at(-1)]
  if (first === undefined || last === undefined || to <= first.at || from >= last.at) {
    return undefined
  }
  const before = valueAt(samples, counter, Math.max(from, first.at))
  const after = valueAt(samples, counter, Math.min(to, last.at))
  return before === undefined || after === undefined ? undefined : after - before
}

/** Between two samples it is taken to grow evenly. */
function valueAt(samples: readonly Sample[], counter: Counter, at: number): number | undefined {
  let [low, high] = [0, samples.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((samples[middle] as Sample).at < at) low = middle + 1
    else high = middle
  }
  const next = samples[low]
  const previous = samples[low - 1] ?? next
  const [a, b] = [previous?.[counter], next?.[counter]]
  if (next === undefined || previous === undefined || a === undefined || b === undefined) {
    return undefined
  }
  const share = next.at === previous.at ? 1 : (at - previous.at) / (next.at - previous.at)
  return a + share * (b - a)
}

function sumOf(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined)
  return known.length === 0 ? undefined : known.reduce((total, value) => total + value, 0)
}

/** Undefined where either is unknown, or nothing happened. */
export function ratio(part: number | undefined, whole: number | undefined): number | undefined {
  return part === undefined || whole === undefined || whole <= 0 ? undefined : part / whole
}

/** Several spans as one. */
export function total(spans: readonly Span[]): Omit<Span, 'at'> {
  const sums = counters.map((counter) => [counter, sumOf(spans.map((span) => span[counter]))])
  return Object.fromEntries(sums) as Omit<Span, 'at'>
}

/** Reads that were told apart as hit or miss. */
export function readsIn({ memoryHits = 0, storeHits = 0, misses = 0 }: Partial<Span>): number {
  return memoryHits + storeHits + misses
}
