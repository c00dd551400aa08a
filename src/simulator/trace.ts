import { ConfigError } from '../kernel/errors.ts'

/** A sequence of accesses. Its arrays are over shared memory, so that threads need no copies. */
export interface Trace {
  /** Names it in results. */
  readonly name: string
  /** The key of each access, as a number from 0 to `unique - 1` in order of first appearance. */
  readonly keys: Int32Array
  /** How many different keys there are. */
  readonly unique: number
  /** The weight of each key, by its number; `undefined` where the trace tells none. */
  readonly weights: Float64Array | undefined
}

/** Told of each access of a trace, in order. */
export interface AccessSink {
  access(key: string | number, weight?: number): void
}

/** As many different keys as a `Map` can hold. */
const mostKeys = 2 ** 24

/** Collects accesses. A key weighs what was said of it last, and 1 where nobody said. */
export class TraceBuilder implements AccessSink {
  readonly #ids = new Map<string | number, number>()
  #keys = new Int32Array(new SharedArrayBuffer(4 * 4096))
  #length = 0
  #weights: Float64Array | undefined

  access(key: string | number, weight?: number): void {
    let id = this.#ids.get(key)
    if (id === undefined) {
      id = this.#ids.size
      if (id === mostKeys) throw new ConfigError('A trace has at most 16,777,216 different keys')
      this.#ids.set(key, id)
    }
    if (this.#length === this.#keys.length) this.#keys = doubled(this.#keys)
    this.#keys[this.#length++] = id
    if (weight !== undefined) this.#weigh(id, weight)
  }

  build(name: string): Trace {
    const unique = this.#ids.size
    if (this.#weights) this.#reserveWeights(unique)
    return {
      name,
      keys: this.#keys.subarray(0, this.#length),
      unique,
      weights: this.#weights?.subarray(0, unique),
    }
  }

  /** What is empty weighs 1: a weight of 0 would pin it. */
  #weigh(id: number, weight: number): void {
    const weights = this.#reserveWeights(id + 1)
    weights[id] = weight > 0 ? weight : 1
  }

  #reserveWeights(count: number): Float64Array {
    const before = this.#weights
    if (before && count <= before.length) return before
    const length = Math.max(count, 2 * (before?.length ?? 2048))
    const weights = new Float64Array(new SharedArrayBuffer(8 * length)).fill(1)
    if (before) weights.set(before)
    this.#weights = weights
    return weights
  }
}

/** A trace of keys that are in memory already. */
export function traceOf(name: string, keys: Iterable<string | number>): Trace {
  const builder = new TraceBuilder()
  for (const key of keys) builder.access(key)
  return builder.build(name)
}

function doubled(column: Int32Array<SharedArrayBuffer>): Int32Array<SharedArrayBuffer> {
  const larger = new Int32Array(new SharedArrayBuffer(2 * column.byteLength))
  larger.set(column)
  return larger
}
