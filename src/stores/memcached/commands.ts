import type { Bytes } from '../../contracts/store.ts'
import type { MemcachedRemoval, MemcachedWrite } from './memcached-client.ts'
import type { Reply } from './reply-reader.ts'

/** Commands that are sent together. */
export interface Batch {
  readonly count: number
  /**
   * What each of them may be answered with, by one reply. Without it there are as many lines as the
   * server likes; a no-op is sent after the batch, and its reply ends them.
   */
  readonly codes: ReadonlySet<string> | undefined
  /** The commands, the first with this opaque number and each of the others with the next one. */
  encode(first: number): readonly (string | Bytes)[]
}

const getCodes: ReadonlySet<string> = new Set(['VA', 'EN'])
const setCodes: ReadonlySet<string> = new Set(['HD', 'NS', 'EX', 'NF'])
const deleteCodes: ReadonlySet<string> = new Set(['HD', 'NF', 'EX'])
const printable = /^[!-~]+$/

export function gets(keys: readonly string[], withCas: boolean): Batch {
  const flags = withCas ? 'v c' : 'v'
  return {
    count: keys.length,
    codes: getCodes,
    encode(first) {
      let text = ''
      let opaque = first
      for (const key of keys) text += `mg ${keyed(key, flags)} O${opaque++}\r\n`
      return [text]
    },
  }
}

export function sets(writes: readonly MemcachedWrite[]): Batch {
  return {
    count: writes.length,
    codes: setCodes,
    encode(first) {
      const parts: (string | Bytes)[] = []
      let opaque = first
      for (const { key, value, expiry, when } of writes) {
        const mode = when === undefined ? '' : when === 'absent' ? ' ME' : ` C${when.cas}`
        const flags = `${value.length} T${expiry}${mode}`
        parts.push(`ms ${keyed(key, flags)} O${opaque++}\r\n`, value, '\r\n')
      }
      return parts
    },
  }
}

export function deletes(removals: readonly MemcachedRemoval[]): Batch {
  return {
    count: removals.length,
    codes: deleteCodes,
    encode(first) {
      let text = ''
      let opaque = first
      for (const { key, cas } of removals) {
        const condition = cas === undefined ? '' : `C${cas}`
        text += `md ${keyed(key, condition)} O${opaque++}\r\n`
      }
      return [text]
    },
  }
}

/** A command of the older protocol, whose lines are answered as they are. */
export function lines(command: string): Batch {
  return { count: 1, codes: undefined, encode: () => [`${command}\r\n`] }
}

export const noop: Batch = { count: 1, codes: new Set(['MN']), encode: () => ['mn\r\n'] }

/** What a server tells about itself. */
export function statistics(replies: readonly (Reply | undefined)[]): Map<string, string> {
  const told = new Map<string, string>()
  for (const reply of replies) {
    const [code, name, value] = reply?.line.split(' ') ?? []
    if (code === 'STAT' && name !== undefined && value !== undefined) told.set(name, value)
  }
  return told
}

/** The key and what follows it; one that is not printable is sent in base64, with the flag `b`. */
function keyed(key: string, flags: string): string {
  if (printable.test(key)) return `${key} ${flags}`
  return `${Buffer.from(key, 'utf8').toString('base64')} ${flags} b`
}
