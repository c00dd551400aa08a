// A shop whose pages are made of cached queries, and follow the rows of its PostgreSQL.
// node shop.mjs <URL of the database> [port]
import { createServer } from 'node:http'
import { and, eq, gt, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import { integer, pgTable, serial, text } from 'drizzle-orm/pg-core'
import { closeOnSignal, createCache } from 'hotset'
import { drizzleCache } from 'hotset/drizzle'
import { databaseChanges } from 'hotset/orm'
import pg from 'pg'

const products = pgTable('products', {
  id: integer().primaryKey(),
  name: text().notNull(),
  stock: integer().notNull(),
})
const orders = pgTable('orders', {
  id: serial().primaryKey(),
  product: integer().notNull(),
  customer: text().notNull(),
})

const [url, port = '0'] = process.argv.slice(2)
const pool = new pg.Pool({ connectionString: url })
const cache = createCache()
const changes = databaseChanges({ cache, columns: { products: ['id'], orders: ['customer'] } })
const queries = drizzleCache({ cache, changes, strategy: 'all', options: { ttl: '1h' } })
const db = queries.bind(drizzle(pool, { cache: queries }))

/** How often the database was asked. */
let asked = 0
pool.on('acquire', () => asked++)

const pages = {
  list: () => db.select().from(products).where(gt(products.stock, 0)).orderBy(products.id),
  product: async (id) => (await db.select().from(products).where(eq(products.id, id)))[0],
  orders: (customer) =>
    db
      .select({ product: products.name, orders: sql`count(*)::int` })
      .from(orders)
      .innerJoin(products, eq(products.id, orders.product))
      .where(eq(orders.customer, customer))
      .groupBy(products.name)
      .orderBy(products.name),
  asked: () => asked,
}

/** All of the order is placed, or nothing; only then do the pages change. */
async function order(customer, ids) {
  await db.transaction(async (tx) => {
    for (const id of ids) {
      await tx.insert(orders).values({ product: id, customer })
      const taken = await tx
        .update(products)
        .set({ stock: sql`${products.stock} - 1` })
        .where(and(eq(products.id, id), gt(products.stock, 0)))
        .returning()
      if (taken.length === 0) tx.rollback()
    }
  })
}

const server = createServer(async ({ method, url }, response) => {
  const [page, argument = '', ...more] = url.slice(1).split('/')
  try {
    // POST /orders/<customer>/<product>/<product>…
    if (method === 'POST') await order(argument, more.map(Number))
    const answer = await pages[page || 'list'](page === 'product' ? Number(argument) : argument)
    response.end(JSON.stringify(answer))
  } catch (error) {
    response.writeHead(409).end(error.message)
  }
})
server.listen(port, '127.0.0.1', () => console.log(server.address().port))
closeOnSignal(cache)
