import { type OnDemand, onDemand } from '../kernel/on-demand.ts'

/** Code that is fetched when a cache first needs it: one that is memory alone carries none of it. */
export const fetched: {
  readonly connection: OnDemand<typeof import('./connection.ts')>
  readonly explanation: OnDemand<typeof import('./explain.ts')>
  readonly inspection: OnDemand<typeof import('./inspect.ts')>
  readonly locks: OnDemand<typeof import('./locks/locks.ts')>
  readonly search: OnDemand<typeof import('./store-search.ts')>
  readonly writing: OnDemand<typeof import('./writing/written.ts')>
} = {
  connection: onDemand(() => import('./connection.ts')),
  explanation: onDemand(() => import('./explain.ts')),
  inspection: onDemand(() => import('./inspect.ts')),
  locks: onDemand(() => import('./locks/locks.ts')),
  search: onDemand(() => import('./store-search.ts')),
  writing: onDemand(() => import('./writing/written.ts')),
}
