import { Redis } from 'ioredis'
import { openOver } from './bentocache.mjs'

/** Over a client that waits for Redis no longer than a load takes. */
export async function open({ port, memory }) {
  const client = new Redis(port, {
    enableOfflineQueue: false,
    commandTimeout: 50,
    lazyConnect: true,
  })
  client.on('error', () => {})
  await client.connect()
  return openOver(client, port, { memory })
}
