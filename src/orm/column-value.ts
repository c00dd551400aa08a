const truths: ReadonlyMap<string, string> = new Map([
  ...['true', 't', 'yes', 'y', 'on'].map((word): [string, string] => [word, '1']),
  ...['false', 'f', 'no', 'n', 'off'].map((word): [string, string] => [word, '0']),
])
const longest = 64

/**
 * A text that is the same for all values that a database may take for equal, whatever driver,
 * trigger or statement they came from: `42` and `'42'`, `true` and `1`, `'Ann '` and `'ann'`, a UUID
 * with hyphens and without. That it is also the same for some others costs a needless invalidation,
 * never a stale answer. Undefined for what cannot be told apart so: dates, bytes, nulls, objects.
 */
export function columnValue(value: unknown): string | undefined {
  switch (typeof value) {
    case 'boolean':
      return value ? '1' : '0'
    case 'number':
    case 'bigint':
      // As a double: it tells no more numbers apart than any column does that may hold it.
      return String(Number(value))
    case 'string':
      return textValue(value)
    default:
      return undefined
  }
}

function textValue(text: string): string {
  const trimmed = text.trim()
  const number = Number(trimmed)
  if (trimmed !== '' && !Number.isNaN(number)) return String(number)
  const folded = trimmed
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '')
    .slice(0, longest)
  return truths.get(folded) ?? folded
}
