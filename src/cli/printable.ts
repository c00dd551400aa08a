/** What a terminal would obey, or what would show a text in another order than it has. */
const hostile = /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]/gu
/** Those of them that JSON leaves as they are. */
const hostileInJson = /[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]/g

/** A text that may come from anybody, so that a terminal shows it as it is, and no two alike. */
export function printable(text: string): string {
  return text.replaceAll('\\', '\\\\').replace(hostile, escaped)
}

/** JSON of a value, whose texts may come from anybody; in lines, or in one. */
export function jsonText(value: unknown, indent?: number): string {
  return (JSON.stringify(value, undefined, indent) ?? 'null').replace(hostileInJson, inFull)
}

function escaped(sign: string): string {
  if (sign === '\n') return '\\n'
  if (sign === '\t') return '\\t'
  const code = sign.charCodeAt(0)
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : inFull(sign)
}

function inFull(sign: string): string {
  return `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`
}
