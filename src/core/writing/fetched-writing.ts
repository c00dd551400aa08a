import { type OnDemand, onDemand } from '../../kernel/on-demand.ts'

/** What writes to a source: who only reads carries none of it. */
export const fetchedWriting: OnDemand<typeof import('./written.ts')> = onDemand(
  () => import('./written.ts'),
)
