import { randomInt } from 'node:crypto'
import type { Clock } from '../../contracts/clock.ts'
import { StoreError } from '../../kernel/errors.ts'
import type { Housekeeper } from './housekeeper.ts'
import { type Entry, pageSize, rankOf } from './layout.ts'
import { piecesOf, type Records } from './records.ts'
import type { Space } from './space.ts'
import {
  basePages,
  type Change,
  type Draft,
  isWrite,
  measured,
  pagesOf,
  presentAt,
  type Step,
  stepOf,
  transact,
} from './transaction.ts'

/** `'refused'`: there is no room for the record, and nothing has changed. */
export type Outcome = 'made' | 'not made' | 'refused'

interface Waiting {
  readonly step: Step
  readonly resolve: (outcome: Outcome) => void
  readonly reject: (error: unknown) => void
}

/** Makes the changes of this thread, as many as wait in one transaction, one transaction at a time. */
export class Writer {
  readonly #records: Records
  readonly #space: Space
  readonly #housekeeper: Housekeeper
  readonly #clock: Clock
  /** Unlike those of other writers, as far as chance can tell. */
  #version = randomInt(2 ** 47) * 2 ** 5
  #queue: Waiting[] = []
  #working: Promise<void> | undefined
  #turn: Promise<unknown> = Promise.resolve()
  #closed = false

  constructor(records: Records, space: Space, housekeeper: Housekeeper, clock: Clock) {
    this.#records = records
    this.#space = space
    this.#housekeeper = housekeeper
    this.#clock = clock
  }

  /** Changes of one key are made in the order in which they were submitted. */
  async submit(changes: readonly Change[]): Promise<Outcome[]> {
    this.#expectOpen()
    const outcomes = changes.map(
      (change) =>
        new Promise<Outcome>((resolve, reject) => {
          const rank = rankOf(this.#clock.now(), change.record?.keep ?? false)
          const step = stepOf(change, { rank, version: this.#version++ })
          this.#queue.push({ step: measured(step, this.#records), resolve, reject })
        }),
    )
    this.#working ??= this.#work()
    return Promise.all(outcomes)
  }

  async prune(): Promise<number> {
    for (let removed = 0; ; ) {
      this.#expectOpen()
      const some = await this.#exclusive(() => this.#housekeeper.tidy())
      if (some === undefined) return removed
      removed += some
    }
  }

  /** Resolves when what was submitted has been made; from now on nothing more is. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#working
    await this.#turn
  }

  async #work(): Promise<void> {
    await undefined // All who write in this turn share the first transaction.
    while (this.#queue.length > 0) {
      const batch = this.#take()
      try {
        const again = await this.#exclusive(() => this.#make(batch))
        this.#queue.unshift(...again.map(this.#measured))
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    this.#working = undefined
  }

  readonly #measured = (waiting: Waiting): Waiting => ({
    ...waiting,
    step: measured(waiting.step, this.#records),
  })

  #exclusive<T>(job: () => Promise<T>): Promise<T> {
    const run = this.#turn.then(job)
    this.#turn = run.catch(() => {})
    return run
  }

  /** As many as one transaction may write; one that is too large comes alone. */
  #take(): Waiting[] {
    let pages = basePages
    let count = 0
    for (const { step } of this.#queue) {
      pages += pagesOf(step)
      if (count > 0 && pages > this.#space.share) break
      count++
    }
    return this.#queue.splice(0, count)
  }

  /** Answers those that are to be tried again. */
  async #make(batch: Waiting[]): Promise<Waiting[]> {
    const pages = batch.reduce((sum, { step }) => sum + pagesOf(step), basePages)
    const [first] = batch
    if (first?.step.draft && pages > this.#space.share) {
      first.resolve(await this.#makeLarge(first.step, first.step.draft))
      return []
    }
    if (first?.step.revise && pages > this.#space.share) return this.#refuse(batch)
    const writes = batch.some(({ step }) => isWrite(step))
    if (!writes) await this.#expectRoomToRemove(pages)
    else if (!(await this.#housekeeper.makeRoom(pages))) return this.#refuse(batch)
    const made = await transact(
      this.#records,
      batch.map(({ step }) => step),
    )
    return batch.filter(({ resolve }, i) => {
      if (made[i] !== undefined) resolve(made[i] ? 'made' : 'not made')
      return made[i] === undefined
    })
  }

  /** Refuses what would be written; what would be removed may still find room. */
  #refuse(batch: Waiting[]): Waiting[] {
    return batch.filter(({ step, resolve }) => {
      if (isWrite(step)) resolve('refused')
      return !isWrite(step)
    })
  }

  /**
   * A body that is too large for one transaction is written in several, before the entry that makes
   * it a record. If the process dies in between, what it has written is evicted as it gets old.
   */
  async #makeLarge(step: Step, { entry, body }: Draft): Promise<Outcome> {
    if (!this.#records.view(() => step.when(presentAt(this.#records, step)))) return 'not made'
    if (entry.bytes > (this.#space.look().capacity / 8) * pageSize) return 'refused'
    const pieces = piecesOf(entry)
    const atOnce = this.#space.share - basePages
    for (let from = 0; from < pieces; from += atOnce) {
      if (!(await this.#housekeeper.makeRoom(this.#space.share))) {
        await this.#removePieces(entry, from)
        return 'refused'
      }
      const to = Math.min(pieces, from + atOnce)
      await this.#records.commit(() => this.#records.putPieces(entry, body, from, to))
    }
    const outcome = await this.#makeAlone({ ...step, ahead: true })
    if (outcome !== 'made') await this.#removePieces(entry, pieces)
    return outcome
  }

  async #makeAlone(step: Step): Promise<Outcome> {
    while (await this.#housekeeper.makeRoom(basePages + pagesOf(step))) {
      const [made] = await transact(this.#records, [step])
      if (made !== undefined) return made ? 'made' : 'not made'
    }
    return 'refused'
  }

  async #removePieces(entry: Entry, count: number): Promise<void> {
    await this.#expectRoomToRemove(this.#space.share)
    await this.#records.commit(() => this.#records.removePieces(entry, count))
  }

  #expectOpen(): void {
    if (this.#closed) throw new StoreError('The lmdb store was closed meanwhile')
  }

  async #expectRoomToRemove(pages: number): Promise<void> {
    if (await this.#housekeeper.makeRoomToRemove(pages)) return
    throw new StoreError('The lmdb store has no room even for removing')
  }
}
