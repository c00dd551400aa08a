/** A value of its own, of RFC 9651; tokens and byte sequences are kept as their text. */
export type BareItem = boolean | number | string

/** An item or an inner list. */
export type Member = BareItem | readonly BareItem[]

/** A dictionary (RFC 9651 §4.2.2), parameters left out; `undefined` where it is not well formed. */
export function parseDictionary(text: string): ReadonlyMap<string, Member> | undefined {
  const source = { text, at: 0 }
  const members = new Map<string, Member>()
  const whole = takeAll(source, () => {
    const name = take(source, key)
    if (name === undefined) return false
    const member = skip(source, '=')
      ? takeMember(source)
      : takeParameters(source)
        ? true
        : undefined
    if (member === undefined) return false
    // The last of a name stands, in its own place.
    members.delete(name)
    members.set(name, member)
    return true
  })
  return whole ? members : undefined
}

/** A list (RFC 9651 §4.2.1), parameters left out; `undefined` where it is not well formed. */
export function parseList(text: string): readonly Member[] | undefined {
  const source = { text, at: 0 }
  const members: Member[] = []
  const whole = takeAll(source, () => {
    const member = takeMember(source)
    if (member !== undefined) members.push(member)
    return member !== undefined
  })
  return whole ? members : undefined
}

/** A string as RFC 9651 §4.1.6 writes it; what it has no place for is left out. */
export function writeString(text: string): string {
  return `"${text.replace(/[^\x20-\x7e]/g, '').replace(/[\\"]/g, '\\$&')}"`
}

/** A text and how far it has been read. Every pattern starts where that is, so the work is linear. */
interface Source {
  readonly text: string
  at: number
}

function take(source: Source, pattern: RegExp): string | undefined {
  pattern.lastIndex = source.at
  const found = pattern.exec(source.text)?.[0]
  if (found !== undefined) source.at += found.length
  return found
}

function skip(source: Source, char: string): boolean {
  if (source.text[source.at] !== char) return false
  source.at++
  return true
}

/** Reads members divided by commas to the end of the text; a comma at the end is an error. */
function takeAll(source: Source, takeOne: () => boolean): boolean {
  take(source, spaces)
  if (source.at === source.text.length) return true
  do {
    take(source, space)
    if (!takeOne()) return false
    take(source, space)
  } while (skip(source, ','))
  return source.at === source.text.length
}

function takeMember(source: Source): Member | undefined {
  if (!skip(source, '(')) {
    const value = takeBareItem(source)
    return value !== undefined && takeParameters(source) ? value : undefined
  }
  const items: BareItem[] = []
  for (;;) {
    const gap = take(source, spaces)
    if (skip(source, ')')) return takeParameters(source) ? items : undefined
    if (items.length > 0 && gap === '') return undefined
    const value = takeBareItem(source)
    if (value === undefined || !takeParameters(source)) return undefined
    items.push(value)
  }
}

function takeParameters(source: Source): boolean {
  while (skip(source, ';')) {
    take(source, spaces)
    if (take(source, key) === undefined) return false
    if (skip(source, '=') && takeBareItem(source) === undefined) return false
  }
  return true
}

function takeBareItem(source: Source): BareItem | undefined {
  const flag = take(source, boolean)
  if (flag !== undefined) return flag === '?1'
  const digits = take(source, number)
  if (digits !== undefined) return Number(digits)
  const quoted = take(source, string)
  if (quoted !== undefined) return quoted.slice(1, -1).replace(/\\(.)/g, '$1')
  for (const pattern of others) {
    const text = take(source, pattern)
    if (text !== undefined) return text
  }
  return undefined
}

const key = /[a-z*][a-z0-9_.*-]*/y
const boolean = /\?[01]/y
const number = /-?(?:\d{1,12}\.\d{1,3}|\d{1,15})(?![\d.])/y
const string = /"[\x20\x21\x23-\x5b\x5d-\x7e]*(?:\\["\\][\x20\x21\x23-\x5b\x5d-\x7e]*)*"/y
/** Tokens, byte sequences, dates and display strings: told apart by nobody here. */
const others: readonly RegExp[] = [
  /[A-Za-z*][\w!#$%&'*+.^`|~:/-]*/y,
  /:[A-Za-z0-9+/]*={0,2}:/y,
  /@-?\d{1,15}(?![\d.])/y,
  /%"(?:[\x20\x21\x23\x24\x26-\x7e]|%[0-9a-f]{2})*"/y,
]
const space = /[ \t]*/y
const spaces = / */y
