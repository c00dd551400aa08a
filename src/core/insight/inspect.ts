import type { Inspection } from '../../contracts/cache.ts'
import type { CacheState } from '../state.ts'
import { stats } from './stats.ts'

/** How a cache is set up, and what it holds now, for one of its views. */
export async function inspect(state: CacheState, name: string): Promise<Inspection> {
  const { memory, connection } = state
  const { sync } = connection ?? {}
  const usage = await connection?.store?.usage().catch((error) => void state.failed(error))
  return {
    name,
    enabled: state.enabled,
    memory: memory && {
      ...state.bounds,
      policy: memory.policyName,
      entries: memory.size,
      weight: memory.weight,
    },
    store: connection?.store && { name: connection.store.name, ...usage },
    bus: sync?.busName,
    storeUp: state.backend.passable,
    // A bus that is asked rather than tells is heard whenever it is asked.
    busHealthy: sync === undefined || sync.poll !== undefined || sync.healthy,
    backlogs: Object.fromEntries([...state.drains].map((drain) => [drain.name, drain.backlog()])),
    loading: state.flights.size + state.renewals.size,
    stats: stats(state),
  }
}
