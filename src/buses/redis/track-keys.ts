import type { Connection } from '../../drivers/redis/connection.ts'
import type { Ear } from '../../drivers/redis/ear.ts'
import { redisKey } from '../../drivers/redis/redis-key.ts'
import { type ClusterView, clusterView, keyInSlot, slotsUnheard } from './cluster-view.ts'
import { type Listening, listenBy, together } from './listening.ts'

export interface TrackKeysOptions {
  /** How the keys begin. */
  readonly prefixes: readonly string[]
  /** Is told a list of keys that were changed, or, when a server was flushed, something else. */
  readonly hear: (said: unknown) => void
  readonly lost: (reason: string) => void
  /** A server does not let itself be asked. */
  readonly refused: (reason: string) => void
}

/** Where the server says which keys were changed. */
const invalidations = '__redis__:invalidate'

/**
 * Has every primary tell which keys are changed on it, each on a connection of its own. In a cluster
 * each sign of life is also a look whether there is a primary to which nobody listens: then all is
 * lost. Slots that move between those that are listened to make no difference.
 */
export async function trackKeys(
  connection: Connection,
  { prefixes, hear, lost, refused }: TrackKeysOptions,
): Promise<Listening> {
  const { oneServer } = connection
  const words = shortest(prefixes).flatMap((prefix) => ['PREFIX', redisKey(prefix)])
  const views: ClusterView[] = []
  const track = async (ear: Ear) => {
    try {
      const view = oneServer ? undefined : clusterView(await ear.send(['CLUSTER', 'NODES']))
      // To itself: whoever listens in RESP2 can be told no other way.
      const redirect = ['REDIRECT', `${await ear.send(['CLIENT', 'ID'])}`, 'BCAST']
      await ear.send(['CLIENT', 'TRACKING', 'ON', ...redirect, ...words])
      await ear.listen(invalidations, 'plain', hear)
      if (view !== undefined) views.push(view)
    } catch (error) {
      // Either the server has refused, or there is no connection any more.
      await ear.ping()
      refused(String(error))
    }
  }
  const opens = await connection.ears()
  const listening = together(opens.map((open) => listenBy(open, lost, track)))
  if (oneServer) return listening
  const expectHeard = (seen: readonly ClusterView[]) => {
    const slots = slotsUnheard(views, seen)
    if (slots.length === 0) return
    meet(connection, slots)
    throw new Error('the cluster has another primary')
  }
  const ears = await listening.catch((error) => {
    // Who could not be reached may have a successor of whom the client has not heard.
    expectHeard(views)
    throw error
  })
  // Where one has refused nothing is promised any more.
  if (views.length < opens.length) return ears
  try {
    expectHeard(views)
  } catch (error) {
    ears.destroy()
    throw error
  }
  const look = async () => expectHeard(await viewsOf(connection))
  return { ping: () => Promise.all([ears.ping(), look()]), destroy: ears.destroy }
}

async function viewsOf(connection: Connection): Promise<ClusterView[]> {
  const sends = await connection.primaries()
  return Promise.all(sends.map(async (send) => clusterView(await send(['CLUSTER', 'NODES']))))
}

/** By asking for a key a client learns who has its slot, and is to be listened to the next time. */
function meet(connection: Connection, slots: readonly number[]): void {
  for (const key of slots.map(keyInSlot)) connection.write(key, ['EXISTS', key]).catch(() => {})
}

/** The server refuses prefixes of which one begins with another. */
function shortest(prefixes: readonly string[]): string[] {
  const sorted = [...new Set(prefixes)].sort()
  return sorted.filter(
    (prefix) => !sorted.some((other) => other !== prefix && prefix.startsWith(other)),
  )
}
