import { createClient } from 'redis'

/** At its fastest: without a timeout of its own. */
export async function open({ port }) {
  const client = createClient({
    url: `redis://127.0.0.1:${port}`,
    commandOptions: { timeout: 0 },
  })
  await client.connect()
  return {
    get: async (key) => JSON.parse(await client.get(key)),
    set: (key, value) => client.set(key, JSON.stringify(value), { PX: 300_000 }),
    getMany: async (keys) => (await client.mGet(keys)).map((text) => JSON.parse(text)),
  }
}
