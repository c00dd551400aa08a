// All generated pages, by their paths in docs/.
import { citationsPage } from './citations.mjs'
import { cliPage } from './cli.mjs'
import { decisionsPage } from './decisions.mjs'
import { httpRules } from './http.mjs'
import { exportsPage, optionsPage } from './options.mjs'
import { openSource } from './source.mjs'
import { errorsPage, eventsPage, metricsPage } from './telling.mjs'
import { verbsPage } from './verbs.mjs'

const notice = '<!-- Written by `npm run reference`, from the source: change that. -->'
const units =
  "A `Duration` is a number of milliseconds, or a string with a unit: `'250ms'`, `'10s'`, `'5m'`, `'1.5h'`, `'7d'`, `'2w'`. A size is a number of bytes, or `'64mb'`. What is misspelt, or breaks a rule, throws a `ConfigError` before anything happens."

/** The rooms whose options are on a page of their own; all others are on the last one. */
const storeRooms = ['stores', 'buses', 'logs', 'codecs', 'policies']
const apart = [...storeRooms, 'http', 'index.ts']

export async function pages() {
  const source = openSource()
  const options = (page) => optionsPage({ source, intro: units, ...page })
  try {
    const written = {
      'reference/verbs.md': verbsPage(source),
      'reference/options.md': options({
        title: 'Options',
        intro: `Of what \`hotset\` itself exports. ${units}`,
        belongs: (room) => room === 'index.ts',
        first: ['CacheOptions', 'MemorySetup', 'MemoryBounds', 'EntryOptions', 'LoadOptions'],
      }),
      'reference/store-options.md': options({
        title: 'Options of stores, buses, logs and codecs',
        belongs: (room) => storeRooms.includes(room),
      }),
      'reference/http.md': `${options({
        title: 'HTTP',
        belongs: (room) => room === 'http',
        first: ['PageOptions', 'CachedOptions', 'HttpCacheOptions'],
      })}\n\n${await httpRules(source)}`,
      'reference/other-options.md': options({
        title: 'Options of adapters and tools',
        belongs: (room) => !apart.includes(room),
      }),
      'reference/errors.md': errorsPage(source),
      'reference/events.md': eventsPage(source),
      'reference/metrics.md': await metricsPage(),
      'reference/cli.md': await cliPage(source),
      'reference/exports.md': exportsPage(source),
      'internals/citations.md': citationsPage(),
      'internals/decisions.md': decisionsPage(),
    }
    return Object.fromEntries(
      Object.entries(written).map(([name, text]) => [name, `${text}\n\n${notice}\n`]),
    )
  } finally {
    source.close()
  }
}
