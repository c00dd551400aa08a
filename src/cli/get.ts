import { counted, orNull, shownBytes, shownTime } from './amounts.ts'
import { type Command, command, exitCodes, Failure, type Terminal } from './command.ts'
import { decodeValue } from './decode-value.ts'
import { targetFlags, withTarget } from './open-target.ts'
import { painter } from './paint.ts'
import { printable } from './printable.ts'
import { jsonValue, rawValue, shownValue } from './shown-value.ts'
import { rawReader, tagsOf } from './stored-entries.ts'
import type { Target } from './target.ts'
import { textList } from './text-table.ts'
import { writeJson, writeOut } from './write-out.ts'

/** What is found under a key, whether or not it may still be answered. */
interface Reading {
  readonly outcome: 'hit' | 'stale'
  readonly value: unknown
  /** Milliseconds. */
  readonly age: number
  readonly ttl: number
  readonly tags: readonly string[]
  /** Of the value as it is stored. */
  readonly bytes: number | undefined
}

/**
 * The value, its age, what is left of its lifetime, its tags and its size. JSON is shown as JSON,
 * bytes in hexadecimal, anything else as Node shows it. Reading does not prolong an entry that
 * slides.
 *
 * `--json` prints `{ key, outcome, age, ttl, tags, bytes, encoding, value }`: `outcome` is `hit`,
 * `stale` or, alone with `key`, `miss`; `encoding` is `json`, `base64` for bytes, or `inspect`
 * where JSON would not bring the value back.
 */
export const get: Command = command({
  details: `
What is under a key, and how long it is good for. The exit code is 3 where there is nothing.
Reading does not prolong an entry that slides.`,
  operands: [{ name: 'key', expected: 'a key' }],
  flags: { ...targetFlags, raw: { help: 'prints the value alone: bytes and strings as they are' } },
  run: ([key = ''], values, terminal) =>
    withTarget(values, terminal, async (target) => {
      const reading = await read(target, key)
      if (reading === undefined) {
        if (values.json) await writeJson(terminal.stdout, { key, outcome: 'miss' })
        else if (!values.raw) terminal.stderr.write(`There is nothing under ${printable(key)}\n`)
        return exitCodes.absent
      }
      if (values.raw) await writeOut(terminal.stdout, rawValue(reading.value))
      else if (values.json) {
        const { value, ttl, ...rest } = reading
        await writeJson(terminal.stdout, { key, ...rest, ttl: orNull(ttl), ...jsonValue(value) })
      } else await writeOut(terminal.stdout, report(key, reading, terminal))
      return exitCodes.done
    }),
})

async function read(target: Target, key: string): Promise<Reading | undefined> {
  const { keyOptions, space, store } = target
  if (space === undefined || store === undefined) return lookup(target, key)
  const physicalKey = space.physicalKey(key, keyOptions.version)
  const [{ entry } = {}] = await rawReader({ space, store }).read([physicalKey])
  if (entry === undefined) return undefined
  const now = Date.now()
  const [age, ttl, bytes] = [now - entry.createdAt, entry.staleAt - now, entry.payload.length]
  const tags = tagsOf(entry)
  try {
    return { outcome: ttl > 0 ? 'hit' : 'stale', value: decodeValue(entry), age, ttl, tags, bytes }
  } catch (error) {
    // The cache's own codec may know more than an entry says of itself.
    const found = await lookup(target, key)
    if (found !== undefined) return { ...found, bytes }
    const reason = printable(error instanceof Error ? error.message : String(error))
    throw new Failure(`The value under ${printable(key)} cannot be read: ${reason}`)
  }
}

async function lookup({ cache, keyOptions }: Target, key: string): Promise<Reading | undefined> {
  const found = await cache.lookup(key, keyOptions)
  return found.outcome === 'miss' ? undefined : { ...found, bytes: undefined }
}

function report(key: string, reading: Reading, terminal: Terminal): string {
  const { outcome, value, age, ttl, tags, bytes } = reading
  const paint = painter(terminal.stdout, terminal)
  const list = textList(
    [
      ['key', printable(key)],
      ['state', outcome === 'hit' ? 'fresh' : 'stale'],
      ['age', shownTime(age)],
      ['ttl', outcome === 'hit' ? shownTime(ttl) : `over since ${shownTime(-ttl)}`],
      ['tags', tags.length === 0 ? 'none' : tags.map(printable).join(', ')],
      ...(bytes === undefined ? [] : [['size', bytesOf(bytes)] as const]),
    ],
    paint,
  )
  return `${list}\n\n${shownValue(value)}\n`
}

function bytesOf(bytes: number): string {
  const exact = counted(bytes, 'byte', 'bytes')
  return bytes < 1024 ? exact : `${shownBytes(bytes)} (${exact})`
}
