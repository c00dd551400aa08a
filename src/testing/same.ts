/** Throws unless both are alike, as JSON shows them. */
export function same(actual: unknown, expected: unknown, what: string): void {
  const [got, wanted] = [show(actual), show(expected)]
  if (got !== wanted) {
    throw new Error(`Expected ${what} to be ${wanted.slice(0, 200)}, got ${got.slice(0, 200)}`)
  }
}

/** As JSON, with what it lacks: `undefined`, and numbers that are none. */
function show(value: unknown): string {
  return JSON.stringify(value, (_, part) =>
    part === undefined || (typeof part === 'number' && !Number.isFinite(part)) ? `${part}` : part,
  )
}
