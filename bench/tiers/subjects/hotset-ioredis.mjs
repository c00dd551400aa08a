import { Redis } from 'ioredis'
import { overStore } from './hotset.mjs'

export async function open({ port, ...options }) {
  const client = new Redis(port, { enableOfflineQueue: false, lazyConnect: true })
  client.on('error', () => {})
  await client.connect()
  return overStore(client, options)
}
