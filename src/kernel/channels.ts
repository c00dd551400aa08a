import type { CacheEvent } from '../contracts/events.ts'
import { builtinModule } from './builtin-module.ts'

/** The slice of a channel of `node:diagnostics_channel` that is used. */
export interface Channel {
  readonly hasSubscribers: boolean
  publish(event: unknown): void
  subscribe(listener: (event: unknown) => void): void
  unsubscribe(listener: (event: unknown) => void): unknown
}

interface DiagnosticsChannel {
  channel(name: string): Channel
}

const diagnostics = builtinModule<DiagnosticsChannel>('node:diagnostics_channel')

/** Where the runtime has no channels, nobody can subscribe. */
const silent: Channel = {
  hasSubscribers: false,
  publish() {},
  subscribe() {},
  unsubscribe() {},
}

function channel(type: CacheEvent['type']): Channel {
  return diagnostics === undefined ? silent : diagnostics.channel(`hotset:${type}`)
}

/** One for each type of event. Held here, for Node forgets channels that nobody refers to. */
export const channels: Readonly<Record<CacheEvent['type'], Channel>> = {
  call: channel('call'),
  read: channel('read'),
  'load-start': channel('load-start'),
  load: channel('load'),
  join: channel('join'),
  write: channel('write'),
  delete: channel('delete'),
  remove: channel('remove'),
  invalidate: channel('invalidate'),
  clear: channel('clear'),
  operation: channel('operation'),
  store: channel('store'),
  gap: channel('gap'),
  heard: channel('heard'),
  flush: channel('flush'),
  error: channel('error'),
}
