import type { Bytes } from '../../contracts/store.ts'

/** What a server said: one line, and the value that may follow it. */
export interface Reply {
  /** The first word, such as `VA` or `SERVER_ERROR`. */
  readonly code: string
  /** Which command it answers; -1 where the line does not say. */
  readonly opaque: number
  readonly cas: string
  readonly value: Bytes | undefined
  /** The whole line, where its code is none of the meta protocol's two letters. */
  readonly line: string
}

const nothing: Buffer = Buffer.alloc(0)
/** The longest that a server sends are lists of its settings, one a line. */
const longestLine = 8192
/** More than the largest item that a server can be told to take (`-I 1024m`). */
const longestValue = 2 ** 30 + 4096
const [newline, carriageReturn, space] = [0x0a, 0x0d, 0x20]
const [letterO, letterC] = [0x4f, 0x63]

/**
 * Cuts what a server sends, in pieces of any length, into replies. It throws where that is not the
 * protocol; nothing after that can be trusted.
 */
export class ReplyReader {
  readonly #take: (reply: Reply) => void
  /** The beginning of a line. */
  #rest: Buffer = nothing
  /** A reply whose value has not arrived in full, in the buffer below. */
  #incomplete: Reply | undefined
  #value: Buffer = nothing
  #filled = 0

  constructor(take: (reply: Reply) => void) {
    this.#take = take
  }

  feed(chunk: Buffer): void {
    let at = this.#incomplete ? this.#fill(this.#incomplete, chunk) : 0
    let bytes = chunk
    if (this.#rest.length > 0) {
      bytes = Buffer.concat([this.#rest, chunk])
      this.#rest = nothing
    }
    for (let end = lineEnd(bytes, at); end >= 0; end = lineEnd(bytes, at)) {
      at = this.#reply(bytes, at, end)
    }
    if (bytes.length - at > longestLine) throw new Error('a line without an end')
    if (at < bytes.length) this.#rest = bytes.subarray(at)
  }

  /** Answers where the next line begins. */
  #reply(bytes: Buffer, from: number, end: number): number {
    const head = readHead(bytes, from, end)
    const next = end + 2
    if (head.size < 0) {
      this.#take(head.reply)
      return next
    }
    const after = next + head.size + 2
    if (after <= bytes.length) {
      this.#take(withValue(head.reply, bytes, next, head.size))
      return after
    }
    this.#incomplete = head.reply
    this.#value = Buffer.allocUnsafeSlow(head.size + 2)
    this.#filled = bytes.copy(this.#value, 0, next)
    return bytes.length
  }

  #fill(reply: Reply, chunk: Buffer): number {
    const taken = chunk.copy(this.#value, this.#filled)
    this.#filled += taken
    if (this.#filled === this.#value.length) {
      this.#incomplete = undefined
      this.#take(withValue(reply, this.#value, 0, this.#value.length - 2))
    }
    return taken
  }
}

interface Head {
  readonly reply: Reply
  /** Bytes of the value that follows; -1 for none. */
  readonly size: number
}

/** Where the line that begins here ends, without its CR LF; -1 where it has not arrived in full. */
function lineEnd(bytes: Buffer, from: number): number {
  let at = from
  while (at < bytes.length && bytes[at] !== newline) at++
  if (at === bytes.length) return -1
  if (at === from || bytes[at - 1] !== carriageReturn)
    throw new Error('a line that does not end in CR LF')
  return at - 1
}

function readHead(bytes: Buffer, from: number, end: number): Head {
  if (end - from > 2 && bytes[from + 2] !== space)
    return readWords(bytes.toString('latin1', from, end))
  const code =
    end - from < 2 ? '' : String.fromCharCode(bytes[from] as number, bytes[from + 1] as number)
  let at = from + 3
  let size = -1
  if (code === 'VA') {
    const sizeEnd = wordEnd(bytes, at, end)
    size = readSize(bytes, at, sizeEnd)
    at = sizeEnd + 1
  }
  let opaque = -1
  let cas = ''
  while (at < end) {
    const flagEnd = wordEnd(bytes, at, end)
    if (bytes[at] === letterO) opaque = readNumber(bytes, at + 1, flagEnd)
    else if (bytes[at] === letterC) cas = bytes.toString('latin1', at + 1, flagEnd)
    at = flagEnd + 1
  }
  return { reply: { code, opaque, cas, value: undefined, line: '' }, size }
}

/** A line of the older protocol. */
function readWords(line: string): Head {
  const words = line.split(' ')
  const code = words[0] as string
  const reply = { code, opaque: -1, cas: '', value: undefined, line }
  if (code !== 'CONFIG' && code !== 'VALUE') return { reply, size: -1 }
  const size = Buffer.from(words[3] ?? '', 'latin1')
  return { reply, size: readSize(size, 0, size.length) }
}

function wordEnd(bytes: Buffer, from: number, end: number): number {
  let at = from
  while (at < end && bytes[at] !== space) at++
  return at
}

function readSize(bytes: Buffer, from: number, end: number): number {
  const size = readNumber(bytes, from, end)
  if (size > longestValue) throw new Error(`a value of ${size} bytes`)
  return size
}

function readNumber(bytes: Buffer, from: number, end: number): number {
  let number = 0
  for (let at = from; at < end; at++) {
    const digit = (bytes[at] as number) - 0x30
    if (digit < 0 || digit > 9) throw new Error('letters where a number belongs')
    number = number * 10 + digit
  }
  if (from >= end || number > Number.MAX_SAFE_INTEGER)
    throw new Error('no number where one belongs')
  return number
}

function withValue(
  { code, opaque, cas, line }: Reply,
  bytes: Buffer,
  from: number,
  size: number,
): Reply {
  const end = from + size
  if (bytes[end] !== carriageReturn || bytes[end + 1] !== newline) {
    throw new Error('a value that is longer than it was said to be')
  }
  return { code, opaque, cas, value: bytes.subarray(from, end), line }
}
