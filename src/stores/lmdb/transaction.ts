import type { Bytes, StoreRecord } from '../../contracts/store.ts'
import { encodeKey } from '../key-bytes.ts'
import { type Entry, encodeBody, entryKey, type Id, isKept, pageSize, rankOf } from './layout.ts'
import { piecesOf, type Records } from './records.ts'

/** What is under a key. */
export interface Present {
  readonly entry: Entry
  value(): Bytes | undefined
}

/** A change of one key, made as a whole or not at all. */
export interface Change {
  readonly key: string
  /** What to put under the key; `undefined` removes what is there. */
  readonly record: StoreRecord | undefined
  /** Whether to make it, given what is there; it may be asked more than once. */
  readonly when: (present: Present | undefined) => boolean
  /** Makes what to put instead of what is there, and as large; it may be asked more than once. */
  readonly revise?: (present: Present) => StoreRecord
}

export interface Draft {
  readonly entry: Entry
  readonly body: Buffer
}

/** A change as rows. */
export interface Step extends Change {
  readonly id: Id
  readonly row: Buffer
  readonly draft: Draft | undefined
  /** Length of the body that it may write. */
  readonly bytes: number
  /** The body has been written before. */
  readonly ahead: boolean
}

export function stepOf(change: Change, id: Id): Step {
  const encoded = encodeKey(change.key)
  const { record } = change
  const body = record && encodeBody(encoded, record.value)
  return {
    ...change,
    id,
    row: entryKey(encoded),
    draft: body && { body, entry: { ...id, expiresAt: record.expiresAt, bytes: body.length } },
    bytes: body?.length ?? 0,
    ahead: false,
  }
}

/** Pages that a transaction may write for its upper levels and the lists of free pages. */
export const basePages = 12
/** Pages that a step may write besides those of its body: leaves of entries and of expiries. */
export const stepPages = 2

/** Whether it may put something. */
export function isWrite({ draft, revise }: Step): boolean {
  return draft !== undefined || revise !== undefined
}

/** Most pages that a step may write. */
export function pagesOf({ bytes, ahead }: Step): number {
  if (ahead) return stepPages
  const pages = bytes / pageSize
  return stepPages + (pages > 0.5 ? Math.ceil(pages) : pages)
}

export function presentAt(records: Records, { row, key }: Step): Present | undefined {
  const entry = records.find(row)
  return entry && { entry, value: () => records.value(entry, encodeKey(key)) }
}

/** What a revision makes is as long as what there is now. */
export function measured(step: Step, records: Records): Step {
  if (!step.revise) return step
  return records.view(() => {
    const present = presentAt(records, step)
    return { ...step, bytes: present && step.when(present) ? present.entry.bytes : 0 }
  })
}

/**
 * Makes the steps in one transaction and answers which were made. What is there is read here, and the
 * writes happen in a thread of LMDB, on the condition that what was read is still there. So the lock
 * of the whole machine is held for the writes alone, however busy this process is.
 *
 * `undefined`: the condition failed, or depends on a step that failed; it is to be tried again.
 */
export async function transact(
  records: Records,
  steps: readonly Step[],
): Promise<(boolean | undefined)[]> {
  const foreseen = new Map<string, Present | 'unsure'>()
  const made = await records.commit(() =>
    Promise.all(steps.map((step) => stage(records, step, foreseen))),
  )
  const lost = new Set<string>()
  return made.map((result, i) => {
    const { key } = steps[i] as Step
    if (result === 'lost') lost.add(key)
    return result === 'lost' || lost.has(key) ? undefined : result
  })
}

/** `foreseen` is what the steps before will have made of a key, if they are made. */
async function stage(
  records: Records,
  step: Step,
  foreseen: Map<string, Present | 'unsure'>,
): Promise<boolean | 'lost'> {
  const before = foreseen.get(step.key)
  // That nothing is there proves nothing about a removal: somebody else may have made it.
  if (before === 'unsure') return 'lost'
  const present = before ?? presentAt(records, step)
  if (!step.when(present)) return false
  const { draft, record } = revised(step, present)
  if (!draft && !present) return true
  if (draft && draft.entry.bytes > step.bytes) {
    foreseen.set(step.key, 'unsure')
    return 'lost'
  }
  foreseen.set(step.key, draft ? { entry: draft.entry, value: () => record?.value } : 'unsure')
  const made = records.change(step.row, present?.entry, () => {
    if (present) records.remove(step.row, present.entry, draft !== undefined)
    if (draft) records.put(step.row, draft.entry)
    if (draft && !step.ahead) {
      records.putPieces(draft.entry, draft.body, 0, piecesOf(draft.entry))
    }
  })
  return (await made) || 'lost'
}

function revised(step: Step, present: Present | undefined): Step {
  if (!step.revise || !present) return step
  const rank = rankOf(step.id.rank, isKept(present.entry))
  return stepOf({ ...step, record: step.revise(present) }, { ...step.id, rank })
}
