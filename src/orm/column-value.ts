const words: readonly (readonly [string, string])[] = [
  ...['TRUE', 'T', 'YES', 'Y', 'ON'].map((word) => [word, '1'] as const),
  ...['FALSE', 'F', 'NO', 'N', 'OFF'].map((word) => [word, '0'] as const),
]
const longest = 64
/** What collations of one language or another take for one letter: Lithuanian, Latin, Swedish. */
const likeLetters: readonly (readonly [RegExp, string])[] = [
  [/CH/g, 'C'],
  [/[JY]/g, 'I'],
  [/[UW]/g, 'V'],
]
const truths: ReadonlyMap<string, string> = new Map(
  words.map(([word, truth]) => [foldedText(word), truth]),
)
// Spaces of which MySQL takes no notice, then what it reads of a number.
const leadingNumber = /^[\t-\r ]*([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)/i

/**
 * A text that is the same for all values that a database may take for equal, whatever driver,
 * trigger or statement they came from: `42` and `'42'`, `true` and `1`, `'Ann '` and `'ann'`, a UUID
 * with hyphens and without. That it is also the same for some others costs a needless invalidation,
 * never a stale answer. Undefined for what cannot be told apart so: dates, bytes, nulls, objects,
 * and texts with more than ASCII in them, as each collation has its own mind about `ä`, `æ` and `ae`.
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

/**
 * The texts of all values that a row may have which a comparison with this one finds: MySQL compares
 * a text with a column of integers by the number that the text begins with, `'5-title'` as 5 and
 * `'title'` as 0. Undefined as of `columnValue`.
 */
export function comparedValues(value: unknown): readonly string[] | undefined {
  const text = columnValue(value)
  if (text === undefined) return undefined
  if (typeof value !== 'string') return [text]
  const number = String(Number(leadingNumber.exec(value)?.[1] ?? 0))
  return number === text ? [text] : [text, number]
}

/** MongoDB's `ObjectId`. */
function isIdentifier(value: unknown): value is { toHexString(): string } {
  const method = (value as { toHexString?: unknown } | null)?.toHexString
  return typeof method === 'function'
}

function textValue(text: string): string | undefined {
  if (!isAscii(text)) return undefined
  const trimmed = text.trim()
  // As a double: it tells no more numbers apart than any column does that may hold it.
  const folded = numberValue(trimmed) ?? foldedText(trimmed)
  return numberValue(folded) ?? truths.get(folded) ?? folded
}

function isAscii(text: string): boolean {
  return !/[^\0-\x7f]/.test(text)
}

function numberValue(text: string): string | undefined {
  const number = Number(text)
  return text === '' || Number.isNaN(number) ? undefined : String(number)
}

function foldedText(text: string): string {
  const letters = text.toUpperCase().replace(/[^A-Z0-9]/g, '')
  return likeLetters
    .reduce((folded, [like, one]) => folded.replace(like, one), letters)
    .slice(0, longest)
}
