// Writes behind, until it is killed: URL of the database, directory of the log, whose keys, number of
// this life, whether to coalesce. It says what is acknowledged, and when it saves. Life 0 only drains.
import { createCache } from 'hotset'
import pg from 'pg'

const [url, log, owner, life, coalesce] = process.argv.slice(2)
const writers = 8
const client = new pg.Client({ connectionString: url })
await client.connect()
// Until the session of the life before is over, and what it sent with it.
await client.query('select pg_advisory_lock($1)', [Number(owner)])

const say = (text) => process.stdout.write(`${text}\n`)
const cache = createCache()
const stock = cache.define({
  name: 'stock',
  key: String,
  load: async (id) => (await client.query('select n from stock where id = $1', [id])).rows[0],
  async saveMany(saves) {
    say('saving')
    await client.query(
      `with old as (insert into history (id, n, name) select * from unnest($1::text[], $2::int[], $3::text[]))
       insert into stock (id, n) select * from unnest($1::text[], $2::int[])
       on conflict (id) do update set n = excluded.n`,
      [
        saves.map(({ id }) => id),
        saves.map(({ value }) => value.n),
        saves.map(({ idempotencyKey }) => idempotencyKey),
      ],
    )
    say('saved')
  },
  write: 'behind',
  behind: { log, interval: 5, batchSize: 20, coalesce: coalesce === 'true' },
})

async function writeOn(id) {
  for (let n = Number(life) * 100_000; ; n++) {
    await stock.set(id, { n })
    say(`ack ${id} ${n}`)
  }
}

if (life === '0') {
  await cache.close()
  await client.end()
} else {
  await Promise.all(Array.from({ length: writers }, (_, i) => writeOn(`${owner}:${i}`)))
}
