import type { Explanation } from '../../contracts/cache.ts'
import type { ProcessReport } from '../../telemetry/process-report.ts'
import type { Sample } from './sample.ts'

/** What a visitor may do: look, or also delete, invalidate and clear. */
export type Access = 'read' | 'write'

/** Something that does not happen every day. */
export interface Happening {
  /** Epoch milliseconds. */
  readonly at: number
  readonly cache: string
  readonly kind: 'store-down' | 'store-up' | 'gap' | 'error'
  readonly text: string
}

/** What the page is told each time it asks. */
export interface DashboardState {
  /** When it was said, epoch milliseconds by the clock of who says it. */
  readonly at: number
  readonly access: Access
  /** Names of the caches that actions reach. */
  readonly actsOn: readonly string[]
  /** The process that answers, by its id, where it has caches of its own. */
  readonly own: string | undefined
  readonly processes: readonly ProcessReport[]
  /** Of the process that answers, by cache; what the page has not seen yet, the oldest first. */
  readonly history: Readonly<Record<string, readonly Sample[]>>
  /** Of the process that answers; the newest first. */
  readonly happenings: readonly Happening[]
  /** What could not be found out, for people. */
  readonly problems: readonly string[]
}

interface OnCache<Kind extends string> {
  readonly action: Kind
  readonly cache: string
}
interface OnKey<Kind extends string> extends OnCache<Kind> {
  readonly namespace?: string | undefined
  readonly key: string
}

/** What the page asks to be done. `confirm`: the name of the cache, typed by whoever wants it. */
export type Action =
  | OnKey<'inspect'>
  | OnKey<'delete'>
  | (OnCache<'invalidate'> & { readonly tag: string })
  | (OnCache<'clear'> & { readonly confirm: string })

/** A key and what is under it. */
export interface Inspected {
  readonly explanation: Explanation
  /** As text; undefined where there is none. */
  readonly value: string | undefined
  readonly tags: readonly string[]
  /** Milliseconds since it was created, and until it is stale; `null` for ever. */
  readonly age: number | undefined
  readonly ttl: number | null | undefined
}

export type ActionAnswer =
  | { readonly inspected: Inspected }
  | { readonly done: string }
  | { readonly failed: string }
