import { ask, type Server, startServer } from './start-server.ts'

/** A private memcached, empty, with these settings on top. It refuses to run as root unless told. */
export function startMemcached(...settings: string[]): Promise<Server> {
  return startServer({
    command: 'memcached',
    arguments: ({ port }) => [
      ...['-u', 'root', '-l', '127.0.0.1', '-p', `${port}`, '-U', '0', '-m', '64', '-t', '2'],
      ...settings,
    ],
    async ping({ port }) {
      const reply = await ask(port, 'mn\r\n')
      if (reply !== 'MN\r\n') throw new Error(`Expected MN, got ${reply}`)
    },
  })
}

/** How a store names the servers. */
export function serversOf(...servers: Server[]): string {
  return servers.map(({ port }) => `127.0.0.1:${port}`).join(',')
}
