import { Redis } from 'ioredis'

export async function open({ port }) {
  const client = new Redis(port)
  return {
    get: async (key) => JSON.parse(await client.get(key)),
    set: (key, value) => client.set(key, JSON.stringify(value), 'PX', 300_000),
    getMany: async (keys) => (await client.mget(keys)).map((text) => JSON.parse(text)),
  }
}
