import type { Bytes } from '../../contracts/store.ts'
import { FrameReader } from '../../kernel/frame-reader.ts'
import { FrameWriter } from '../../kernel/frame-writer.ts'

/** What one process tells the others about a cache. */
export interface BusMessage {
  /** 16 hexadecimal digits that name the publisher. */
  readonly origin: string
  /** Number of a change, without gaps, or of its publisher's last one. */
  readonly sequence: number
  /** Name of the cache. */
  readonly cache: string
  /** What changed; or that the publisher is there, or will say nothing more. */
  readonly kind: 'keys' | 'tags' | 'clear' | 'alive' | 'gone'
  /** The keys or tags that changed, or the generations of what was cleared. */
  readonly names: readonly string[]
}

/** Messages about changes, of which each has a number of its own. */
export type ChangeKind = Exclude<BusMessage['kind'], 'alive' | 'gone'>

/** 'H', 'B', and the version of the format; the fourth byte is the kind. */
const format = 0x01_42_48
const kinds = ['keys', 'tags', 'clear', 'alive', 'gone'] as const
const writer = new FrameWriter()

export function writeMessage(message: BusMessage): Bytes {
  writer.begin(format | ((kinds.indexOf(message.kind) + 1) << 24))
  writer.text(message.origin)
  writer.integer(message.sequence)
  writer.text(message.cache)
  writer.integer(message.names.length)
  for (const name of message.names) writer.text(name)
  return writer.finish()
}

/** What the bytes say; `undefined` unless they are an intact message of this version. Never throws. */
export function readMessage(bytes: Bytes): BusMessage | undefined {
  const reader = new FrameReader(bytes)
  const head = reader.uint32()
  const kind = kinds[(head >>> 24) - 1]
  if (!reader.intact || (head & 0xffffff) !== format || !kind) return undefined
  const origin = reader.text()
  const sequence = reader.integer()
  const cache = reader.text()
  const names: string[] = []
  const count = reader.integer()
  while (names.length < count && reader.intact) names.push(reader.text())
  return reader.finished ? { origin, sequence, cache, kind, names } : undefined
}

/**
 * The names in groups, in order, each of which takes no more than `maxBytes` in a message; a name
 * that may take more is alone in its group.
 */
export function splitNames(names: readonly string[], maxBytes: number): string[][] {
  const groups: string[][] = []
  let room = 0
  for (const name of names) {
    const size = mostBytesOf(name)
    const group = size <= room ? groups.at(-1) : undefined
    if (group) group.push(name)
    else groups.push([name])
    room = (group ? room : maxBytes) - size
  }
  return groups
}

/** Two bytes a UTF-16 unit, and up to five that say how many there are. */
function mostBytesOf(text: string): number {
  return text.length * 2 + 5
}
