// What triggers of `watchTables` cost writers: `node bench/postgres-triggers.mjs postgres://…`, after
// `npm run build`. The database should be one that nobody needs. Two tables are alike but for the
// triggers; they take turns, and the median of the rounds is printed.
import pg from 'pg'
import { watchTables } from '../dist/orm/postgres.js'

const [database, rounds = '15'] = process.argv.slice(2)
const pool = new pg.Pool({ connectionString: database, max: 20 })
const tables = ['bench_plain', 'bench_watched']

for (const table of tables) {
  await pool.query(`DROP TABLE IF EXISTS ${table}`)
  await pool.query(`CREATE TABLE ${table} (id bigint PRIMARY KEY, team int, name text)`)
}
await watchTables({ database, tables: { bench_watched: ['id', 'team'] } })

const one = (table, id) => pool.query(`UPDATE ${table} SET name = 'n' WHERE id = $1`, [id])
/** A thousand statements of a row each, from so many connections at once, in transactions of their own. */
const singly = (clients) => async (table) => {
  let left = 1_000
  const work = async (own) => {
    for (let at = own; left-- > 0; at += clients) await one(table, 1 + (at % 100_000))
  }
  await Promise.all(Array.from({ length: clients }, (_, own) => work(own)))
}
const workloads = {
  'insert of 100,000 rows': {
    prepare: (table) => pool.query(`TRUNCATE ${table}`),
    run: (table) =>
      pool.query(
        `INSERT INTO ${table} SELECT id, id % 9, 'name' FROM generate_series(1, 100000) id`,
      ),
  },
  'update of 100,000 rows': {
    prepare: (table) => pool.query(`VACUUM ${table}`),
    run: (table) => pool.query(`UPDATE ${table} SET team = team + 1`),
  },
  'update of 100 rows': {
    run: (table) => pool.query(`UPDATE ${table} SET team = team + 1 WHERE id <= 100`),
  },
  '1,000 updates of a row, in one transaction': {
    run: (table) =>
      pool.query(`DO $$ BEGIN FOR key IN 1..1000 LOOP
        UPDATE ${table} SET name = 'x' WHERE id = key; END LOOP; END $$`),
  },
  '1,000 updates of a row, 1 client': { run: singly(1) },
  '1,000 updates of a row, 16 clients': { run: singly(16) },
}

const median = (numbers) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)]
for (const [name, { prepare = () => {}, run }] of Object.entries(workloads)) {
  const times = { bench_plain: [], bench_watched: [] }
  for (let round = 0; round < Number(rounds); round++) {
    for (const table of round % 2 ? tables : tables.toReversed()) {
      await prepare(table)
      const begin = performance.now()
      await run(table)
      times[table].push(performance.now() - begin)
    }
  }
  const [plain, watched] = tables.map((table) => median(times[table]))
  const ratio = (watched / plain).toFixed(2)
  console.log(`${name}: ${plain.toFixed(1)} ms, watched ${watched.toFixed(1)} ms, ${ratio} times`)
}
for (const table of tables) await pool.query(`DROP TABLE ${table} CASCADE`)
await pool.end()
