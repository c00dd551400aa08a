import type { Connection, Send } from './connection.ts'
import type { OpenEar } from './ear.ts'

/** A connection to the one server that has all keys. */
export function overOneServer(send: Send, ear: () => OpenEar): Connection {
  return {
    oneServer: true,
    read: (_, command) => send(command),
    write: (_, command) => send(command),
    primaries: async () => [send],
    ears: async () => [ear()],
  }
}
