import { statSync } from 'node:fs'
import type { Clock } from '../../contracts/clock.ts'
import type { Root } from './driver.ts'
import { extend } from './files.ts'
import { pageSize } from './layout.ts'
import type { Records } from './records.ts'

/** How full the file is, in pages. */
export interface Room {
  readonly used: number
  /** Evict before more than this is used. */
  readonly high: number
  /** That many can be written before the file would have to grow, if nobody else writes. */
  readonly writable: number
  /** What all who have the file open may write at once, in the worst case. */
  readonly reserve: number
  readonly capacity: number
  readonly growable: boolean
}

/** A file that cannot grow is not asked again for this long. */
const pauseMs = 1000

/**
 * LMDB's write past the end of its file on a full disk ends the process, and left alone it extends
 * the file without bound. So the file is made larger here, by appending zeros, which can fail as any
 * write can; and a transaction starts only when it fits into what is there whatever the others do.
 *
 * Nobody writes more than a share of pages without looking again, or starts to with less than two
 * reserves left; one reserve, a share for everybody, is left to those who remove. Everybody who writes
 * has read, so the table of readers counts them.
 */
export class Space {
  /** Most pages that may be written before looking again; no transaction writes more. */
  readonly share: number
  readonly #path: string
  readonly #maxPages: number
  readonly #root: Root
  readonly #records: Records
  readonly #clock: Clock
  #pausedUntil = -Infinity

  constructor(path: string, maxBytes: number, root: Root, records: Records, clock: Clock) {
    this.#path = path
    this.#maxPages = Math.floor(maxBytes / pageSize)
    this.share = Math.min(512, Math.max(24, Math.floor(this.#maxPages / 512)))
    this.#root = root
    this.#records = records
    this.#clock = clock
  }

  look(): Room {
    const { usedPages: used, file } = this.#records.stats()
    const pages = this.#pages()
    const growable = pages < this.#maxPages && this.#clock.now() >= this.#pausedUntil
    const capacity = growable ? this.#maxPages : pages
    const reserve = Math.min((file.numReaders + 1) * this.share, Math.floor(capacity / 16))
    const tail = pages - 1 - file.lastPageNumber
    const writable =
      tail >= 2 * reserve
        ? tail
        : tail + Math.max(0, file.lastPageNumber + 1 - used - this.#pinned(file.lastTxnId))
    const high = capacity - Math.max(4 * reserve, Math.floor(capacity / 5))
    return { used, high, writable, reserve, capacity, growable }
  }

  /** At most so many pages were freed since the oldest state that somebody still reads. */
  #pinned(lastTransaction: number): number {
    let oldest = lastTransaction
    for (const [, transaction] of this.#root.readerList().matchAll(/^ *\d+ +\w+ +(\d+)$/gm)) {
      oldest = Math.min(oldest, Number(transaction))
    }
    return (lastTransaction - oldest + 2) * this.share
  }

  #pages(): number {
    return Math.floor(statSync(this.#path).size / pageSize)
  }

  /** Makes the file one step larger, if it can be done. */
  async grow(): Promise<void> {
    const pages = Math.min(this.#maxPages, this.#pages() + stepPages(this.#maxPages))
    try {
      await extend(this.#path, pages * pageSize)
    } catch {
      // The disk is full, or a quota: what is there must do until there is more.
      this.#pausedUntil = this.#clock.now() + pauseMs
    }
  }
}

/** Pages by which a file grows. */
function stepPages(maxPages: number): number {
  return Math.min(1024, Math.max(128, Math.floor(maxPages / 32)))
}

/** Pages that a file has at first. */
export function firstPages(maxPages: number): number {
  return Math.min(maxPages, Math.max(512, stepPages(maxPages)))
}
