import type { FieldLines } from '../message.ts'

/** Whether a field's name is `lower`, which is in lower case. */
export function isName(name: string, lower: string): boolean {
  return name.length === lower.length && (name === lower || name.toLowerCase() === lower)
}

/** All lines of a field as one, joined by a comma (RFC 9110 §5.3); `name` in lower case. */
export function fieldValue(lines: FieldLines, name: string): string | undefined {
  let value: string | undefined
  for (let i = 0; i < lines.length; i += 2) {
    if (!isName(lines[i] as string, name)) continue
    const line = lines[i + 1] as string
    value = value === undefined ? line : `${value}, ${line}`
  }
  return value
}

/** The lines of a field, one by one. */
export function fieldLines(lines: FieldLines, name: string): string[] {
  const values: string[] = []
  for (let i = 0; i < lines.length; i += 2) {
    if (isName(lines[i] as string, name)) values.push(lines[i + 1] as string)
  }
  return values
}

/** Each field once, by its name in lower case: lines of one name in a list. */
export function fieldsByName(lines: FieldLines): Record<string, string | string[]> {
  const fields: Record<string, string | string[]> = {}
  for (let i = 0; i < lines.length; i += 2) {
    const name = (lines[i] as string).toLowerCase()
    const line = lines[i + 1] as string
    // Names such as `constructor` are on every object.
    const before = Object.hasOwn(fields, name) ? fields[name] : undefined
    fields[name] = before === undefined ? line : [before, line].flat()
  }
  return fields
}

/** All lines but those of the fields named, in lower case. */
export function withoutFields(lines: FieldLines, names: ReadonlySet<string>): string[] {
  const rest: string[] = []
  for (let i = 0; i < lines.length; i += 2) {
    const name = lines[i] as string
    if (!names.has(name.toLowerCase())) rest.push(name, lines[i + 1] as string)
  }
  return rest
}

/** All lines, with one of `name` in place of those that it had. */
export function withField(lines: FieldLines, name: string, value: string): string[] {
  const rest = withoutFields(lines, new Set([name.toLowerCase()]))
  rest.push(name, value)
  return rest
}

/** Fields that mean something to the connection alone, besides those that `Connection` names (RFC 9110 §7.6.1). */
const ofConnection: readonly string[] = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
]

/** The names, in lower case, of the fields that go no further than this connection. */
export function connectionFields(lines: FieldLines): Set<string> {
  const names = new Set(ofConnection)
  for (const name of listMembers(fieldValue(lines, 'connection'))) names.add(name.toLowerCase())
  return names
}

/** What of a message may be passed on (RFC 9110 §7.6.1). */
export function withoutConnectionFields(lines: FieldLines): string[] {
  return withoutFields(lines, connectionFields(lines))
}

/** The members of a list, without the empty ones; a comma in a quoted string divides nothing (RFC 9110 §5.6.1). */
export function listMembers(value: string | undefined): string[] {
  if (value === undefined) return []
  const members: string[] = []
  let start = 0
  let lastQuote = value.lastIndexOf('"')
  for (let i = 0; i <= value.length; i++) {
    const char = value.charCodeAt(i)
    if (char === quote && i < lastQuote) {
      const end = endOfString(value, i)
      // One that is never closed must hide nothing: from here on quotes are ordinary.
      if (end < 0) lastQuote = -1
      else i = end
    } else if (char === comma || i === value.length) {
      const member = trimmed(value.slice(start, i))
      if (member !== '') members.push(member)
      start = i + 1
    }
  }
  return members
}

const quote = 0x22
const comma = 0x2c
const backslash = 0x5c

/** Where the quoted string that starts at `start` has its last quote, or -1. */
function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const char = text.charCodeAt(i)
    if (char === quote) return i
    if (char === backslash) i++
  }
  return -1
}

/** Without the white space that HTTP allows around values, which is less than `trim` takes (RFC 9110 §5.6.3). */
export function trimmed(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isSpace(text.charCodeAt(start))) start++
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--
  return start === 0 && end === text.length ? text : text.slice(start, end)
}

function isSpace(char: number): boolean {
  return char === 0x20 || char === 0x09
}

/** What a quoted string says, or the text itself where it is none (RFC 9110 §5.6.4). */
export function unquoted(text: string): string {
  if (text.length < 2 || !text.startsWith('"') || !text.endsWith('"')) return text
  return text.slice(1, -1).replace(/\\(.)/gs, '$1')
}
