const truths: ReadonlyMap<string, string> = new Map([
  ...['TRUE', 'T', 'YES', 'Y', 'ON'].map((word): [string, string] => [word, '1']),
  ...['FALSE', 'F', 'NO', 'N', 'OFF'].map((word): [string, string] => [word, '0']),
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
    case 'string':
      return textValue(String(value))
    case 'object':
      return isIdentifier(value) ? textValue(value.toHexString()) : undefined
    default:
      return undefined
  }
}

/** MongoDB's `ObjectId`. */
function isIdentifier(value: unknown): value is { toHexString(): string } {
  const method = (value as { toHexString?: unknown } | null)?.toHexString
  return typeof method === 'function'
}

function textValue(text: string): string {
  const trimmed = text.trim()
  // As a double: it tells no more numbers apart than any column does that may hold it.
  const folded = numberValue(trimmed) ?? foldedText(trimmed)
  return numberValue(folded) ?? truths.get(folded) ?? folded
}

function numberValue(text: string): string | undefined {
  const number = Number(text)
  return text === '' || Number.isNaN(number) ? undefined : String(number)
}

/** In upper case: in lower case a sigma is another one at the end of a word. */
function foldedText(text: string): string {
  const letters = text.normalize('NFKD').toUpperCase()
  return letters.replace(/[^\p{L}\p{N}]/gu, '').slice(0, longest)
}
