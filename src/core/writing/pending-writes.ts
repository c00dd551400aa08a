import type { PendingWrite } from './write.ts'

/** The writes of one key, oldest first. */
interface Line<K, V> {
  readonly key: string
  readonly writes: PendingWrite<K, V>[]
  /** The first is on its way to the source, or waits for another attempt. */
  state: 'ready' | 'sending' | 'resting'
}

/**
 * Writes that wait for their turn: those of a key in order, keys in the order in which they came.
 * One write of a key is on its way at a time.
 */
export class PendingWrites<K, V> {
  readonly #lines = new Map<string, Line<K, V>>()
  readonly #ready = new Set<Line<K, V>>()
  size = 0

  /** Keys with a write that may go. */
  get ready(): number {
    return this.#ready.size
  }

  add(write: PendingWrite<K, V>): void {
    let line = this.#lines.get(write.key)
    if (line === undefined) {
      line = { key: write.key, writes: [], state: 'ready' }
      this.#lines.set(write.key, line)
    }
    line.writes.push(write)
    this.size++
    if (line.state === 'ready') this.#ready.add(line)
  }

  /** Takes out the writes of a key that are not on their way: a later one replaces them. */
  supersede(key: string): PendingWrite<K, V>[] {
    const line = this.#lines.get(key)
    if (line === undefined) return []
    const superseded = line.writes.splice(line.state === 'sending' ? 1 : 0)
    this.size -= superseded.length
    return superseded
  }

  /** What a key will be: the last write that was acknowledged. */
  latest(key: string): PendingWrite<K, V> | undefined {
    return this.#lines.get(key)?.writes.findLast(({ position }) => position !== undefined)
  }

  has(key: string): boolean {
    return this.#lines.has(key)
  }

  /** The first writes of the first keys, all of one kind. They are on their way from now on. */
  take(limit: number): PendingWrite<K, V>[] {
    const taken: PendingWrite<K, V>[] = []
    for (const line of this.#ready) {
      const first = line.writes[0] as PendingWrite<K, V>
      if (taken.length > 0 && first.kind !== taken[0]?.kind) continue
      line.state = 'sending'
      this.#ready.delete(line)
      if (taken.push(first) === limit) break
    }
    return taken
  }

  /** The write is over. */
  finish(write: PendingWrite<K, V>): void {
    const line = this.#lines.get(write.key)
    if (line?.writes[0] !== write) return
    line.writes.shift()
    this.size--
    if (line.writes.length > 0) this.#wake(line)
    else this.#lines.delete(line.key)
  }

  /** The write did not succeed: it may go again at once, or when `wake` says so. */
  putBack(write: PendingWrite<K, V>, rests: boolean): void {
    const line = this.#lines.get(write.key)
    if (line === undefined) return
    if (rests) line.state = 'resting'
    else this.#wake(line)
  }

  wake(key: string): void {
    const line = this.#lines.get(key)
    if (line?.state === 'resting') this.#wake(line)
  }

  wakeAll(): void {
    for (const line of this.#lines.values()) if (line.state === 'resting') this.#wake(line)
  }

  all(): PendingWrite<K, V>[] {
    return [...this.#lines.values()].flatMap(({ writes }) => writes)
  }

  /** When the oldest was acknowledged. */
  oldest(): number {
    let oldest = Infinity
    for (const { writes } of this.#lines.values()) {
      oldest = Math.min(oldest, writes[0]?.since ?? Infinity)
    }
    return oldest
  }

  #wake(line: Line<K, V>): void {
    line.state = 'ready'
    this.#ready.add(line)
  }
}
