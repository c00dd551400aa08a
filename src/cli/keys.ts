import { orNull, shownBytes, shownTime } from './amounts.ts'
import { wholeNumber } from './as-usage.ts'
import { type Command, command, exitCodes } from './command.ts'
import { everything, glob } from './glob.ts'
import { targetFlags, withTarget } from './open-target.ts'
import { printable } from './printable.ts'
import { type StoredEntry, storedEntries } from './stored-entries.ts'
import { recordsOf } from './target.ts'
import { writeJsonLine, writeOut } from './write-out.ts'

/**
 * The keys of entries that stand, fresh or stale, in no particular order. In PATTERN `*` is any
 * text, `?` one character, `[a-c]` one of those, `[!a]` another one, and `\` takes the next as it
 * is. All keys that begin as the pattern does are looked at in the store.
 *
 * `--json` prints a line `{ key, age, ttl, bytes, tags }` for each.
 */
export const keys: Command = command({
  details: `
Lists the keys of entries that stand, fresh or stale, in no particular order. PATTERN is a glob:
* is any text, ? one character, [a-c] one of those, and \\ takes the next one as it is.
Every key of the cache is looked at: that takes its time where there are many.`,
  operands: [{ name: 'pattern' }],
  flags: {
    ...targetFlags,
    limit: { value: 'n', help: 'prints so many at most' },
    long: { help: 'also prints age, ttl, size and tags' },
    json: { help: 'prints a line of JSON an entry' },
  },
  run([pattern], values, terminal) {
    const limit = wholeNumber('limit', values.limit) ?? Infinity
    const chosen = pattern === undefined ? everything : glob(pattern)
    return withTarget(values, terminal, async (target) => {
      const { stdout } = terminal
      const version = target.keyOptions.version
      const stored = recordsOf(target)
      let count = 0
      for await (const entry of storedEntries(stored, { pattern: chosen, version })) {
        if (values.json) await writeJsonLine(stdout, described(entry))
        else await writeOut(stdout, `${values.long ? line(entry) : printable(entry.key)}\n`)
        if (++count >= limit) break
      }
      return exitCodes.done
    })
  },
})

function described({ key, tags, envelope }: StoredEntry) {
  const now = Date.now()
  const { createdAt, staleAt, payload } = envelope
  const [age, ttl] = [now - createdAt, orNull(staleAt - now)]
  return { key, age, ttl, bytes: payload.length, tags }
}

function line({ key, tags, envelope }: StoredEntry): string {
  const now = Date.now()
  const { createdAt, staleAt, payload } = envelope
  const cells = [
    shownTime(now - createdAt).padStart(12),
    (staleAt <= now ? 'stale' : shownTime(staleAt - now)).padStart(12),
    shownBytes(payload.length).padStart(9),
    printable(key),
    ...(tags.length > 0 ? [`(${tags.map(printable).join(', ')})`] : []),
  ]
  return cells.join('  ')
}
