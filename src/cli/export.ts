import { createWriteStream, existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { counted } from './amounts.ts'
import { type Command, command, exitCodes, Failure, type Terminal } from './command.ts'
import { confirm, yesFlag } from './confirm.ts'
import { entryLines } from './entries-file.ts'
import { everything, glob } from './glob.ts'
import { targetFlags, withTarget } from './open-target.ts'
import { printable } from './printable.ts'
import { progressBar } from './progress-bar.ts'
import { storedEntries } from './stored-entries.ts'
import { recordsOf } from './target.ts'
import { writeJson, writeOut } from './write-out.ts'

/**
 * Writes the entries of the cache, with its namespaces and all versions, or of the namespace: keys,
 * values, lifetimes and tags. Without FILE they go to stdout; a name that ends in `.gz` is
 * compressed. A file that is there is replaced after asking; one that cannot be finished is not
 * left behind.
 *
 * The file is UTF-8, a line of JSON each: first `{ "hotset": "entries", "version": 1, "cache",
 * "exportedAt" }`; then an entry `{ key, path, version, createdAt, staleAt, revalidateUntil,
 * errorUntil, sliding, slidingCap, eagerAt, retryAt, loadMs, negative, etag, lastModified, tags,
 * codec, payload }`, where `path` are the namespaces below the one that was exported, `codec` is
 * the id of the codec and `payload` what it made, in base64; last `{ entries, sha256 }`, the number
 * of entries and the SHA-256 of all bytes before that line. What is empty, false or not known is
 * left out. `--json` prints `{ entries }`.
 */
export const exportEntries: Command = command({
  details: `
Writes the entries of a cache, its namespaces and all versions included, as lines of JSON: keys,
values, lifetimes and tags, with a checksum at the end. hotset import reads them into any store.
FILE is compressed where its name ends in .gz; without it they go to the standard output.`,
  operands: [{ name: 'file', isFile: true }],
  flags: {
    ...targetFlags,
    match: { value: 'pattern', help: 'only keys that match, as in hotset keys' },
    json: { help: 'prints {entries}, where there is a FILE' },
    ...yesFlag,
  },
  async run([file], values, terminal) {
    const pattern = values.match === undefined ? everything : glob(values.match)
    await withTarget(values, terminal, async (target) => {
      const bar = progressBar(terminal.stderr)
      let count = 0
      const entries = storedEntries(recordsOf(target), { pattern, deep: true })
      const lines = entryLines(target.cache.name, entries, (done) => {
        count = done
        if (file !== undefined) bar.show(counted(done, 'entry', 'entries'), 0)
      })
      if (file === undefined) {
        for await (const line of lines) await writeOut(terminal.stdout, line)
        return
      }
      const path = resolve(terminal.directory, file)
      if (existsSync(path)) await confirm(`Replace ${printable(file)}?`, values, terminal)
      try {
        await write(path, lines, terminal)
      } finally {
        bar.clear()
      }
      if (values.json) await writeJson(terminal.stdout, { entries: count })
      else terminal.stdout.write(`Exported ${counted(count, 'entry', 'entries')}\n`)
    })
  },
})

/** All of it or nothing: what cannot be written to its end is not there. */
async function write(file: string, lines: AsyncIterable<string>, { interrupted }: Terminal) {
  const unfinished = `${file}.${process.pid}.unfinished`
  const [source, sink] = [Readable.from(lines), createWriteStream(unfinished)]
  const signal = interrupted()
  try {
    if (/\.gz$/i.test(file)) await pipeline(source, createGzip(), sink, { signal })
    else await pipeline(source, sink, { signal })
    await rename(unfinished, file)
  } catch (error) {
    await rm(unfinished, { force: true })
    if (!signal.aborted) throw error
    throw new Failure('Interrupted: nothing was written', exitCodes.interrupted)
  }
}
