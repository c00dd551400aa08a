import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import type { Bytes, Replacement, Store, StoreRecord } from '../contracts/store.ts'
import { writeEntry } from '../core/behind/envelope.ts'
import { endOf } from '../core/entry.ts'
import type { Keyspace } from '../core/keyspace.ts'
import { Batcher } from '../kernel/batcher.ts'
import { stampSource } from '../kernel/random.ts'
import { stampLength } from '../kernel/stamp.ts'
import { counted } from './amounts.ts'
import { type Command, command, exitCodes, Failure, type Terminal } from './command.ts'
import { confirm, yesFlag } from './confirm.ts'
import { entriesIn } from './entries-file.ts'
import { targetFlags, withTarget } from './open-target.ts'
import type { PortableEntry } from './portable-entry.ts'
import { printable } from './printable.ts'
import { progressBar } from './progress-bar.ts'
import { type RawReader, rawReader } from './stored-entries.ts'
import { reachingStore, recordsOf, type Stored, type Target } from './target.ts'
import { writeJson } from './write-out.ts'

/** Entries that are written at a time. */
const together = 200

/** What became of the entries of a file. */
interface Outcome {
  imported: number
  /** There was something under their keys. */
  kept: number
  /** They have expired since they were exported. */
  expired: number
  /** The store has no room for them. */
  refused: number
}

/**
 * Reads that into a cache of any name, on any store, Memcached too. Lifetimes go on: what has
 * expired since is left out. Tags are those of this store from now on. What is in the cache already
 * stays. A FILE is looked through before anything is written, and one that is damaged or not
 * complete is refused; `-` is the standard input, where that shows at the end. Values that were
 * encrypted can be read under the same name, namespace and version alone, for they are bound to
 * their keys.
 *
 * `--json` prints `{ imported, kept, expired, refused }`; where the store has refused some, for
 * want of room, the exit code is 1.
 */
export const importEntries: Command = command({
  details: `
Reads what hotset export wrote into a cache, of whatever name and on whatever store: keys, values,
lifetimes and tags. What is in the cache already stays, unless --replace is said: then it asks first.
FILE is looked through before anything is written; - is the standard input, which is not.`,
  operands: [{ name: 'file', expected: 'a file', isFile: true }],
  flags: {
    ...targetFlags,
    replace: { help: 'replaces what is in the cache already' },
    json: { help: 'prints {imported, kept, expired, refused}' },
    ...yesFlag,
  },
  async run([file = ''], values, terminal) {
    const total = file === '-' ? undefined : await expectSound(file, terminal)
    return withTarget(
      values,
      terminal,
      async (target) => {
        recordsOf(target)
        const { replace = false } = values
        if (replace) {
          const what = total === undefined ? 'the entries' : counted(total, 'entry', 'entries')
          const question = `Replace what is there by ${what} of ${printable(file)}: ${target.label}?`
          await confirm(question, values, terminal)
        }
        const outcome = await importAll(target, file, { replace, total }, terminal)
        if (values.json) await writeJson(terminal.stdout, outcome)
        else terminal.stdout.write(`${said(outcome)}\n`)
        return outcome.refused > 0 ? exitCodes.failed : exitCodes.done
      },
      true,
    )
  },
})

function open(file: string, { stdin, directory }: Terminal): AsyncGenerator<PortableEntry> {
  const chunks = file === '-' ? stdin : createReadStream(resolve(directory, file))
  return entriesIn(printable(file === '-' ? 'stdin' : file), chunks)
}

/** Looks through the file, and answers how many entries are in it. */
async function expectSound(file: string, terminal: Terminal): Promise<number> {
  let count = 0
  for await (const _ of open(file, terminal)) count++
  return count
}

async function importAll(
  target: Target,
  file: string,
  { replace, total }: { readonly replace: boolean; readonly total: number | undefined },
  terminal: Terminal,
): Promise<Outcome> {
  const outcome: Outcome = { imported: 0, kept: 0, expired: 0, refused: 0 }
  const bar = progressBar(terminal.stderr)
  const write = entryWriter(target, replace, outcome)
  const interrupted = terminal.interrupted()
  let batch: PortableEntry[] = []
  let done = 0
  try {
    for await (const entry of open(file, terminal)) {
      done++
      if (batch.push(entry) < together) continue
      await write(batch)
      batch = []
      if (total !== undefined) bar.show(counted(done, 'entry', 'entries'), done / total)
      if (interrupted.aborted) throw new Failure('Interrupted', exitCodes.interrupted)
    }
    await write(batch)
    bar.clear()
    return outcome
  } catch (error) {
    bar.clear()
    if (outcome.imported > 0) {
      terminal.stderr.write(
        `Before that, ${counted(outcome.imported, 'entry', 'entries')} imported\n`,
      )
    }
    throw error
  }
}

/** Writes entries as if they had just been set, but for their lifetimes; counts what became of them. */
function entryWriter(target: Target, replace: boolean, outcome: Outcome) {
  const stored = recordsOf(target)
  const reader = rawReader(stored)
  return async (entries: readonly PortableEntry[]): Promise<void> => {
    const now = Date.now()
    const live = entries.filter(({ header }) => endOf(header) > now)
    outcome.expired += entries.length - live.length
    if (live.length === 0) return
    if (replace) await remove(target, live)
    const fates = await add(stored, reader, await seal(reader, stored.space, live))
    for (const fate of fates) outcome[fate]++
  }
}

/** By the verb of the cache, so that all processes hear of it. */
async function remove(target: Target, entries: readonly PortableEntry[]): Promise<void> {
  await reachingStore(target, () =>
    Promise.all(
      entries.map(({ key, path, version }) =>
        path.reduce((at, name) => at.namespace(name), target.cache).delete(key, { version }),
      ),
    ),
  )
}

type Fate = 'imported' | 'kept' | 'refused'

/** Each depends on what its tags and generations are now, in this store. */
async function seal(
  { marks }: RawReader,
  space: Keyspace,
  entries: readonly PortableEntry[],
): Promise<StoreRecord[]> {
  const stamp = stampSource()
  const spaces = entries.map(({ path }) => path.reduce((at, name) => at.namespace(name), space))
  const names = entries.map(({ tags }, i) => [...(spaces[i]?.generations ?? []), ...tags])
  const until = Math.max(0, ...entries.map(({ header }) => endOf(header)))
  const versions = new Map(
    (await marks.ensure([...new Set(names.flat())], until)).map((mark) => [mark.tag, mark]),
  )
  return entries.map(({ key, version, header, payload }, i) => {
    const at = spaces[i] ?? space
    const physicalKey = at.physicalKey(key, version)
    const tags = [...new Set(names[i])].flatMap((name) => versions.get(name) ?? [])
    const full = { ...header, key: physicalKey, tags, leaseUntil: 0 }
    return {
      key: physicalKey,
      value: writeEntry(full, payload, stamp()),
      expiresAt: endOf(header),
    }
  })
}

/** What stands stays. What is dead, or holds the place of a load, gives way, if it is still there. */
async function add(
  { store }: Stored,
  reader: RawReader,
  records: readonly StoreRecord[],
): Promise<Fate[]> {
  const readings = await reader.read(records.map(({ key }) => key))
  const write = writerTo(store)
  return Promise.all(
    records.map((record, i): Fate | Promise<Fate> => {
      const { entry, stamp } = readings[i] ?? {}
      return entry === undefined ? write(record, stamp) : 'kept'
    }),
  )
}

/** Writes where there is nothing, or what has that stamp; together what is written in one turn. */
function writerTo(store: Store): (record: StoreRecord, over: Bytes | undefined) => Promise<Fate> {
  const { addMany, replaceMany } = store
  if (addMany === undefined || replaceMany === undefined) {
    const sets = new Batcher(async (records: StoreRecord[]): Promise<Fate[]> => {
      const refused = new Set(await store.setMany(records))
      return records.map(({ key }) => (refused.has(key) ? 'refused' : 'imported'))
    }, together)
    return (record) => sets.add(record)
  }
  const adds = new Batcher((records: StoreRecord[]) => addMany.call(store, records), together)
  const replacements = new Batcher(
    (changes: Replacement[]) => replaceMany.call(store, changes),
    together,
  )
  return async (record, over) => {
    const { key } = record
    if (over === undefined || over.length !== stampLength) {
      if (await adds.add(record)) return 'imported'
      const [found] = await store.getMany([key])
      return found === undefined ? 'refused' : 'kept'
    }
    return (await replacements.add({ key, stamp: over, record })) ? 'imported' : 'kept'
  }
}

function said({ imported, kept, expired, refused }: Outcome): string {
  const parts = [`Imported ${counted(imported, 'entry', 'entries')}`]
  if (kept > 0) parts.push(`${kept} were there already and stay`)
  if (expired > 0) parts.push(`${expired} had expired`)
  if (refused > 0) parts.push(`the store had no room for ${refused}`)
  return parts.join('; ')
}
