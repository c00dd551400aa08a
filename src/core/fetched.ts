import { type OnDemand, onDemand } from '../kernel/on-demand.ts'

/** Code that is fetched when a cache first needs it: one that is memory alone carries none of it. */
export const fetched: {
  readonly explanation: OnDemand<typeof import('./insight/explain.ts')>
  readonly inspection: OnDemand<typeof import('./insight/inspect.ts')>
  readonly locks: OnDemand<typeof import('./locks/locks.ts')>
  readonly search: OnDemand<typeof import('./behind/store-search.ts')>
} = {
  explanation: onDemand(() => import('./insight/explain.ts')),
  inspection: onDemand(() => import('./insight/inspect.ts')),
  locks: onDemand(() => import('./locks/locks.ts')),
  search: onDemand(() => import('./behind/store-search.ts')),
}
