import type { Command, Registered } from './command.ts'

const named = (name: string, summary: string, load: () => Promise<Command>): Registered => ({
  name,
  summary,
  load,
})

/**
 * What the tool can do; `hotset --help` lists them in this order.
 *
 * Results go to stdout, everything else to stderr. Progress is shown on a terminal only; colours too,
 * unless `NO_COLOR` is set. A reader that closes the pipe early, such as `head`, is no error. `--json`
 * prints JSON and nothing else: one document, or a line for each thing where they may be many or come
 * one by one (`keys`, `watch`, `top`). Numbers of time are milliseconds, instants are epoch
 * milliseconds, and `null` is for ever.
 *
 * What cannot be undone asks on a terminal, and is refused with exit code 4 where there is none,
 * unless `--yes` is said. Where a store cannot list its keys (Memcached, Keyv, unstorage), `keys`,
 * `delete --match` and `export` say so and end; `watch` needs a store with a bus.
 *
 * Keys, tags and values may come from anybody: control characters, ANSI escapes and signs that turn a
 * text around are shown as `\x1b` or `\u202e`, in JSON too, and a backslash as two. What is piped into
 * another command is safest as JSON.
 */
export const commands: readonly Registered[] = [
  named(
    'stats',
    'what a cache holds, and what its processes do with it',
    async () => (await import('./stats.ts')).stats,
  ),
  named('top', 'the same, live', async () => (await import('./top.ts')).top),
  named('get', 'what is under a key', async () => (await import('./get.ts')).get),
  named('keys', 'lists keys', async () => (await import('./keys.ts')).keys),
  named(
    'explain',
    'why a read of a key answers what it does',
    async () => (await import('./explain.ts')).explain,
  ),
  named('delete', 'deletes keys', async () => (await import('./delete.ts')).deleteKeys),
  named(
    'invalidate',
    'deletes all entries with a tag',
    async () => (await import('./invalidate.ts')).invalidate,
  ),
  named('clear', 'deletes all entries of a cache', async () => (await import('./clear.ts')).clear),
  named(
    'prune',
    'makes the store let go of what has expired',
    async () => (await import('./prune.ts')).prune,
  ),
  named('warm', 'loads what is not in the cache yet', async () => (await import('./warm.ts')).warm),
  named(
    'watch',
    'what other processes change, as they do',
    async () => (await import('./watch.ts')).watch,
  ),
  named(
    'doctor',
    'looks for what is wrong with a cache and its server',
    async () => (await import('./doctor.ts')).doctor,
  ),
  named('bench', 'how fast the store is', async () => (await import('./bench.ts')).bench),
  named(
    'export',
    'writes the entries of a cache into a file',
    async () => (await import('./export.ts')).exportEntries,
  ),
  named(
    'import',
    'reads them back, into any store',
    async () => (await import('./import.ts')).importEntries,
  ),
  named(
    'simulate',
    'what hit ratio a cache would have had, by policy and size, on recorded traffic',
    async () => (await import('./simulate.ts')).simulate,
  ),
  named(
    'create-table',
    'makes the table of the SQL store, or brings an older one up to date',
    async () => (await import('./create-table.ts')).createTable,
  ),
  named(
    'watch-table',
    'makes PostgreSQL tell of changes of a table, whoever makes them',
    async () => (await import('./watch-table.ts')).watchTable,
  ),
  named(
    'proxy',
    'a reverse proxy with an HTTP cache in front of a server',
    async () => (await import('./proxy.ts')).proxy,
  ),
  named(
    'dashboard',
    'serves the dashboard of what processes report',
    async () => (await import('./dashboard.ts')).dashboard,
  ),
  named('completion', 'prints what completes its commands in a shell', async () =>
    (await import('./completion.ts')).completionOf(commands),
  ),
]
