import { createClient } from 'redis'
import { type Place, type Server, startServer } from './start-server.ts'

/** A private redis-server, empty and without persistence, with these settings on top. */
export function startRedis(...settings: string[]): Promise<Server> {
  return startServer({
    command: 'redis-server',
    arguments: ({ port, directory }) => [
      ...['--port', `${port}`, '--bind', '127.0.0.1', '--dir', directory],
      ...['--save', '', '--appendonly', 'no', '--repl-diskless-sync-delay', '0'],
      ...settings,
    ],
    ping: pingRedis,
  })
}

/** Rejects as long as the server does not answer; that it wants a password is an answer. */
export async function pingRedis({ port }: Place): Promise<void> {
  try {
    await tell(port, 'PING')
  } catch (error) {
    if (!/^(NOAUTH|NOPERM)/.test(error instanceof Error ? error.message : '')) throw error
  }
}

/** Sends one command on a connection of its own. */
export async function tell(port: number, ...words: string[]): Promise<unknown> {
  const client = createClient({
    socket: { host: '127.0.0.1', port, reconnectStrategy: false },
    RESP: 2,
    disableClientInfo: true,
    maintNotifications: 'disabled',
  })
  client.on('error', () => {})
  await client.connect()
  try {
    return await client.sendCommand(words)
  } finally {
    client.destroy()
  }
}
