// How many of each product a shop has: read from memory, written behind to PostgreSQL.
// node catalogue.mjs <URL of the database> <directory of the log> [port]
import { createServer } from 'node:http'
import { closeOnSignal, createCache } from 'hotset'
import pg from 'pg'

const [url, log, port = '0'] = process.argv.slice(2)
const database = new pg.Pool({ connectionString: url })
const cache = createCache()

const stock = cache.define({
  name: 'stock',
  load: async (sku) => (await loadMany([sku])).get(sku) ?? { count: 0, version: 0 },
  loadMany,
  saveMany: (saves) =>
    database.query(
      `insert into stock (sku, count, version)
       select * from unnest($1::text[], $2::int[], $3::int[])
       on conflict (sku) do update set count = excluded.count, version = excluded.version
       where stock.version < excluded.version`,
      [
        saves.map(({ id }) => id),
        saves.map(({ value }) => value.count),
        saves.map(({ value }) => value.version),
      ],
    ),
  version: ({ version }) => version,
  write: 'behind',
  behind: { log, interval: '250ms' },
})

async function loadMany(skus) {
  const { rows } = await database.query('select * from stock where sku = any($1)', [skus])
  return new Map(rows.map(({ sku, count, version }) => [sku, { count, version }]))
}

/** Sales of one product come one after the other. */
const turns = new Map()
function sell(sku) {
  const sale = async () => {
    const { count, version } = await stock.get(sku)
    if (count === 0) return false
    await stock.set(sku, { count: count - 1, version: version + 1 })
    return true
  }
  const turn = (turns.get(sku) ?? Promise.resolve()).then(sale, sale)
  turns.set(sku, turn)
  return turn
}

const server = createServer(async ({ method, url }, response) => {
  const sku = url.slice(1)
  if (method === 'POST') response.end((await sell(sku)) ? 'sold' : 'sold out')
  else response.end(JSON.stringify(sku === '' ? stock.backlog() : await stock.get(sku)))
})
server.listen(port, '127.0.0.1', () => console.log(server.address().port))
closeOnSignal(cache)
