// `node bench/scale/main.mjs [10 100 1000]`: what a node pays for there being so many, as tables.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('./costs.mjs', import.meta.url))
const asked = process.argv.slice(2)
const results = (asked.length > 0 ? asked : ['10', '100', '1000']).map((nodes) =>
  JSON.parse(execFileSync(process.execPath, ['--expose-gc', program, nodes], { encoding: 'utf8' })),
)

const numbers = results.map(({ nodes }) => nodes.toLocaleString('en'))
const row = (title, of) => [title, ...results.map((result) => of(result).toLocaleString('en'))]
print(
  ['per node', ...numbers.map((number) => `${number} nodes`)],
  [
    row('idle: messages heard a second', ({ idle }) => idle.heardPerSecond),
    row('idle: bytes heard a second', ({ idle }) => idle.bytesPerSecond),
    row('idle: share of a processor, %', ({ idle }) => idle.cpuPercent),
    row(
      'each changes a key every 10 s: messages heard a second',
      ({ busy }) => busy.heardPerSecond,
    ),
    row('the same: bytes heard a second', ({ busy }) => busy.bytesPerSecond),
    row('the same: share of a processor, %', ({ busy }) => busy.cpuPercent),
    row('memory of a cache that knows all others, KiB', ({ heapKiB }) => heapKiB),
    row('one key asked for by all at once: loads in all', ({ cold }) => cold.loads),
    row('the same: batches to the store, in 200 ms of loading', ({ cold }) => cold.batchesPerNode),
  ],
)
const { change, invalidation, tags } = results.at(-1)
print(
  ['one change', 'messages sent', 'bytes of the message', 'batches to the store'],
  [
    ['set of a key', change.published, change.bytes, tags[0].write],
    ['invalidate of a tag', invalidation.published, invalidation.bytes, invalidation.batches],
  ],
)
print(
  [
    'tags of an entry',
    'batches to write it',
    'batches to read it',
    'records read',
    'bytes read',
    'batches to read it again',
  ],
  tags.map(({ count, write, read, keys, bytes, again }) => [
    count,
    write,
    read,
    keys,
    bytes,
    again,
  ]),
)

function print(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`
  console.log([line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line), ''].join('\n'))
}
