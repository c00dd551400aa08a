import type { Clock } from '../contracts/clock.ts'
import type { Memory } from '../contracts/memory.ts'
import { structuralKey } from '../kernel/structural-key.ts'
import {
  type AnyFunction,
  type Args,
  type Calls,
  expectLasting,
  isObject,
  isSaid,
  isThenable,
  Receivers,
} from './calls.ts'

/** How the calls of a function have fared whose results are in memory alone. */
export interface MemoizeStats {
  /** Calls that were answered with a result kept. */
  readonly hits: number
  /** Calls that ran the function. */
  readonly misses: number
  /** Callers that waited for somebody else's call. */
  readonly coalesced: number
  /** hits / calls; 1 when there were none. */
  readonly hitRatio: number
  /** Results kept now. */
  readonly entries: number
  /** What they weigh together. */
  readonly weight: number
}

/** A result as it is kept. */
export interface Result {
  readonly value: unknown
  /** Where the value is instead, of a call on an object: in memory it would outlive that object. */
  readonly values: WeakRef<Map<string, unknown>> | undefined
  /** It came as a promise, and is answered as one. */
  readonly promised: boolean
  /** Key of the arguments alone. */
  readonly args: string
}

/** What a memory for results is told; where it is made, time and policy are chosen. */
export interface ResultMemoryOptions {
  readonly maxEntries: number
  readonly maxWeight: number
  readonly onRemove: (key: string, result: Result) => void
}

export interface RememberedCallsOptions {
  readonly fn: AnyFunction
  readonly name: string
  /** Milliseconds; `Infinity` is for ever, 0 or less keeps nothing. */
  readonly ttl: number
  readonly maxEntries: number
  readonly maxWeight: number
  readonly weigh: (value: unknown, key: string) => number
  readonly keyOf: (args: Args) => string
  readonly perInstance: boolean
  readonly createMemory: (options: ResultMemoryOptions) => Memory<Result>
  readonly clock: Clock
}

/** A call under way; its result is kept if it is still the one under its key when it lands. */
interface Flight {
  readonly args: string
  promise: Promise<unknown> | undefined
}

/** What a call was made on. */
interface Receiver {
  readonly prefix: string
  /** Its results by key. */
  readonly values: Map<string, unknown> | undefined
  readonly held: WeakRef<Map<string, unknown>> | undefined
}

const nothing: Receiver = { prefix: '', values: undefined, held: undefined }

/** Calls whose results are kept in this process. */
export class RememberedCalls implements Calls {
  readonly #options: RememberedCallsOptions
  readonly #memory: Memory<Result>
  readonly #flights = new Map<string, Flight>()
  readonly #receivers = new WeakMap<object, Receiver>()
  readonly #calledOn: Receivers
  #lastReceiver = 0
  #hits = 0
  #misses = 0
  #coalesced = 0

  constructor(options: RememberedCallsOptions) {
    this.#options = options
    this.#calledOn = new Receivers(options.name)
    this.#memory = options.createMemory({
      maxEntries: options.maxEntries,
      maxWeight: options.maxWeight,
      onRemove: (key, result) => result.values?.deref()?.delete(key),
    })
  }

  call(self: unknown, args: Args): unknown {
    const receiver = this.#receiverOf(self)
    const argsKey = this.#options.keyOf(args)
    const key = receiver.prefix + argsKey
    const result = this.#memory.get(key, this.#recent())
    if (result !== undefined) {
      this.#hits++
      const value = keptValue(result, receiver, key)
      return result.promised ? Promise.resolve(value) : value
    }
    const promise = this.#flights.get(key)?.promise
    if (promise !== undefined) {
      this.#coalesced++
      return promise
    }
    this.#misses++
    return this.#load(self, args, receiver, argsKey)
  }

  refresh(self: unknown, args: Args): unknown {
    const target = this.#calledOn.of('refresh', self)
    return this.#load(target, args, this.#receiverOf(target), this.#options.keyOf(args))
  }

  peek(self: unknown, args: Args): unknown {
    const receiver = this.#receiverOf(this.#calledOn.of('peek', self))
    const key = receiver.prefix + this.#options.keyOf(args)
    const result = this.#memory.peek(key, this.#now())
    return result && keptValue(result, receiver, key)
  }

  key(self: unknown, args: Args): string {
    return this.#receiverOf(this.#calledOn.of('key', self)).prefix + this.#options.keyOf(args)
  }

  /** On one object if told on which, else on all that the function has been called on. */
  invalidate(self: unknown, args: Args): boolean {
    if (isSaid(self) || !this.#calledOn.several) return this.#forget(this.key(self, args))
    const argsKey = this.#options.keyOf(args)
    const keys = new Set<string>()
    for (const [key, result] of this.#memory.entries(this.#now())) {
      if (result.args === argsKey) keys.add(key)
    }
    for (const [key, flight] of this.#flights) if (flight.args === argsKey) keys.add(key)
    for (const key of keys) this.#forget(key)
    return keys.size > 0
  }

  clear(): void {
    this.#flights.clear()
    this.#memory.clear('deleted')
  }

  stats(): MemoizeStats {
    const calls = this.#hits + this.#misses + this.#coalesced
    return {
      hits: this.#hits,
      misses: this.#misses,
      coalesced: this.#coalesced,
      hitRatio: calls === 0 ? 1 : this.#hits / calls,
      entries: this.#memory.size,
      weight: this.#memory.weight,
    }
  }

  #load(self: unknown, args: Args, receiver: Receiver, argsKey: string): unknown {
    const key = receiver.prefix + argsKey
    const flight: Flight = { args: argsKey, promise: undefined }
    this.#calledOn.note(self, receiver.prefix)
    this.#flights.set(key, flight)
    let answer: unknown
    try {
      answer = expectLasting(this.#options.name, Reflect.apply(this.#options.fn, self, args))
    } catch (error) {
      this.#land(key, flight)
      throw error
    }
    if (!isThenable(answer)) {
      if (this.#land(key, flight)) this.#keep(key, receiver, flight, answer)
      return answer
    }
    flight.promise = Promise.resolve(answer).then(
      (value) => {
        const landed = this.#land(key, flight)
        const lasting = expectLasting(this.#options.name, value)
        if (landed) this.#keep(key, receiver, flight, lasting)
        return lasting
      },
      (error) => {
        this.#land(key, flight)
        throw error
      },
    )
    return flight.promise
  }

  /** Whether the flight is still the one under its key: what came between forbids to keep its result. */
  #land(key: string, flight: Flight): boolean {
    return this.#flights.get(key) === flight && this.#flights.delete(key)
  }

  #keep(key: string, receiver: Receiver, { args, promise }: Flight, value: unknown): void {
    const { ttl, weigh } = this.#options
    const now = this.#now()
    const result: Result = {
      value: receiver.values ? undefined : value,
      values: receiver.held,
      promised: promise !== undefined,
      args,
    }
    const kept = this.#memory.set(key, result, weigh(value, key), now + ttl, now)
    if (kept) receiver.values?.set(key, value)
  }

  /** Answers whether there was a result, or one on its way. */
  #forget(key: string): boolean {
    const kept = this.#memory.peek(key, this.#now()) !== undefined
    this.#memory.delete(key, 'deleted')
    return this.#flights.delete(key) || kept
  }

  #receiverOf(self: unknown): Receiver {
    if (!isSaid(self) || !this.#options.perInstance) return nothing
    if (!isObject(self)) return { ...nothing, prefix: `@${structuralKey([self])}.` }
    let receiver = this.#receivers.get(self)
    if (receiver === undefined) {
      const values = new Map<string, unknown>()
      receiver = { prefix: `@#${++this.#lastReceiver}.`, values, held: new WeakRef(values) }
      this.#receivers.set(self, receiver)
    }
    return receiver
  }

  /** What time it is for a read. */
  #recent(): number {
    const { clock } = this.#options
    return clock.recent === undefined ? this.#now() : clock.recent()
  }

  /** What never expires needs no clock. */
  #now(): number {
    return this.#options.ttl === Infinity ? 0 : this.#options.clock.now()
  }
}

function keptValue(result: Result, receiver: Receiver, key: string): unknown {
  return receiver.values ? receiver.values.get(key) : result.value
}
