import { type OnDemand, onDemand } from '../../kernel/on-demand.ts'

/** What speaks to a store and a bus: who has neither carries none of it. */
export const fetchedConnection: OnDemand<typeof import('./connection.ts')> = onDemand(
  () => import('./connection.ts'),
)
