import { setTimeout } from 'node:timers/promises'
import type { Clock } from '../../contracts/clock.ts'
import type { Met, Records } from './records.ts'
import type { Room, Space } from './space.ts'
import { basePages, stepOf, stepPages, transact } from './transaction.ts'

type Purpose = 'write' | 'remove'

/**
 * How often, and how long, to wait for readers that keep pages from being reused. In real time, in
 * which other processes get on, whatever the clock of the store.
 */
const patience = 50
const pauseMs = 2

/**
 * Makes room: what has expired goes first, then what was written longest ago. Reads leave no trace,
 * so that they cost no write; and what was written together goes together, which frees whole pages.
 */
export class Housekeeper {
  readonly #records: Records
  readonly #space: Space
  readonly #clock: Clock
  /** What is left of a share since it was looked how much room there is. */
  #granted = 0
  #purpose: Purpose = 'remove'

  constructor(records: Records, space: Space, clock: Clock) {
    this.#records = records
    this.#space = space
    this.#clock = clock
  }

  /** Whether so many pages can be written, after evicting what is in the way. */
  async makeRoom(pages: number): Promise<boolean> {
    if (this.#take(pages, 'write')) return true
    const { share } = this.#space
    let room = this.#space.look()
    // Twice what will be written is enough, even if it is still too full: the bound was lowered.
    const enough = room.used - 2 * share
    for (let tries = 0; ; ) {
      const cramped = room.writable < 2 * room.reserve
      const full = room.used + share > room.high && (cramped || room.used > enough)
      if (!full || (await this.#evict(true)) === undefined) {
        if (!cramped) break
        if (!(await this.#grow(room, ++tries))) return false
      }
      room = this.#space.look()
    }
    return this.#grant(pages, 'write')
  }

  /** Whether so many pages can be written by a transaction that removes. */
  async makeRoomToRemove(pages: number): Promise<boolean> {
    if (this.#take(pages, 'remove')) return true
    for (let tries = 0; ; ) {
      const room = this.#space.look()
      if (room.writable >= room.reserve) return this.#grant(pages, 'remove')
      if (!(await this.#grow(room, ++tries))) return false
    }
  }

  /** Makes the file larger or, where that cannot be, gives those who read time to finish. */
  async #grow(room: Room, tries: number): Promise<boolean> {
    if (room.growable) await this.#space.grow()
    else if (tries < patience) await setTimeout(pauseMs)
    else return false
    return true
  }

  #take(pages: number, purpose: Purpose): boolean {
    const granted = pages <= this.#granted && (this.#purpose === 'write' || purpose === 'remove')
    if (granted) this.#granted -= pages
    return granted
  }

  #grant(pages: number, purpose: Purpose): true {
    this.#granted = this.#space.share - pages
    this.#purpose = purpose
    return true
  }

  /** Removes some of what has expired, or of what is oldest while it is too full; answers how many. */
  tidy(): Promise<number | undefined> {
    const { used, high } = this.#space.look()
    return this.#evict(used > high)
  }

  /** `undefined`: there was nothing to evict, or no room to do it. */
  async #evict(oldest: boolean): Promise<number | undefined> {
    if (!(await this.makeRoomToRemove(this.#space.share))) return undefined
    const met = this.#meet(oldest)
    if (met.length === 0) return undefined
    const steps = met.flatMap(({ key, id }) =>
      key === undefined
        ? []
        : stepOf(
            { key, record: undefined, when: (present) => present?.entry.version === id.version },
            id,
          ),
    )
    const made = await transact(this.#records, steps)
    for (const { key, sweep } of met) if (key === undefined) await sweep()
    return made.filter(Boolean).length
  }

  #meet(oldest: boolean): Met[] {
    const limit = Math.floor((this.#space.share - basePages) / stepPages)
    return this.#records.view(() => {
      const expired = this.#records.expired(this.#clock.now(), limit)
      return expired.length > 0 || !oldest ? expired : this.#records.oldest(limit)
    })
  }
}
