import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { DefinedCache } from '../../src/contracts/cache.ts'
import type { WriteLog } from '../../src/contracts/log.ts'
import type { Save } from '../../src/contracts/writing.ts'
import { createCache } from '../../src/index.ts'
import { memoryLog } from '../../src/logs/memory.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'
import { runSchedule } from './scheduled.ts'

type Value = number | undefined
type Step = 'set' | 'burst' | 'delete' | 'get' | 'sync'

const ids = ['a', 'b', 'c']

interface Plan {
  readonly steps: readonly (readonly Step[])[]
  readonly crashes: number
  readonly coalesce: boolean
  readonly full: 'block' | 'through' | 'reject'
  readonly maxPending: number
  /** Of a hundred calls of the source, and of the log, so many fail. */
  readonly failures: number
}

const plans: fc.Arbitrary<Plan> = fc.record({
  steps: fc.tuple(
    ...ids.map(() =>
      fc.array(fc.constantFrom<Step>('set', 'burst', 'delete', 'get', 'get', 'sync'), {
        maxLength: 8,
      }),
    ),
  ),
  crashes: fc.nat(3),
  coalesce: fc.boolean(),
  full: fc.constantFrom('block', 'through', 'reject'),
  maxPending: fc.integer({ min: 1, max: 4 }),
  failures: fc.constantFrom(0, 20, 50),
})

/** A source and a log that outlive the processes which use them, one after the other. */
class World {
  readonly clock = fakeClock()
  readonly rows = new Map<string, number>()
  /** Each change of the source, in order; the value undefined is a removal. */
  readonly history: { id: string; value: Value; name: string }[] = []
  readonly #log = memoryLog()
  readonly #scheduler: fc.Scheduler
  readonly #plan: Plan
  readonly #dice: () => number
  healthy = false
  cache: DefinedCache<string, Value>
  /** Rejects when this process dies. */
  died: Promise<never>
  #die: () => void

  constructor(scheduler: fc.Scheduler, plan: Plan, dice: () => number) {
    this.#scheduler = scheduler
    this.#plan = plan
    this.#dice = dice
    const { cache, died, die } = this.#live()
    this.cache = cache
    this.died = died
    this.#die = die
  }

  crash(): void {
    this.#die()
    const { cache, died, die } = this.#live()
    this.cache = cache
    this.died = died
    this.#die = die
  }

  #live() {
    const life = { alive: true }
    let die = () => {}
    const died = new Promise<never>((_, reject) => {
      die = () => {
        life.alive = false
        reject(new Error('killed'))
      }
    })
    died.catch(() => {})
    /** A pause in which the process may die; then nothing further happens in it. */
    const pause = async (label: string) => {
      await this.#scheduler.schedule(Promise.resolve(), label)
      if (!life.alive) await new Promise(() => {})
    }
    const mayFail = (what: string) => {
      if (!this.healthy && this.#dice() < this.#plan.failures) throw new Error(what)
    }
    const change = (id: string, value: Value, name: string) => {
      this.history.push({ id, value, name })
      if (value === undefined) this.rows.delete(id)
      else this.rows.set(id, value)
    }
    const log: WriteLog = {
      ...this.#log,
      append: async (bytes) => {
        await pause('before append')
        mayFail('log')
        const position = await this.#log.append(bytes)
        await pause('after append')
        return position
      },
      release: (positions) => {
        if (life.alive) this.#log.release(positions)
      },
    }
    const { coalesce, full, maxPending } = this.#plan
    const cache = createCache({ clock: this.clock, random: () => 0 }).define<string, Value>({
      name: 'row',
      key: (id) => id,
      load: async (id) => {
        await pause('before load')
        const value = this.rows.get(id)
        await pause('after load')
        return value
      },
      saveMany: async (saves: readonly Save<string, Value>[]) => {
        await pause('before save')
        mayFail('source')
        for (const { id, value, idempotencyKey } of saves) change(id, value, idempotencyKey)
        await pause('after save')
        mayFail('the answer of the source')
      },
      remove: async (id, { idempotencyKey }) => {
        await pause('before remove')
        mayFail('source')
        change(id, undefined, idempotencyKey)
        await pause('after remove')
      },
      write: 'behind',
      behind: { log, coalesce, full, maxPending, batchSize: 2, interval: 10, backoff: 10 },
    })
    return { cache, died, die }
  }
}

/** What one id may be: the last write that was acknowledged, or one begun since. */
class Model {
  #possible: { readonly value: Value }[] = [{ value: undefined }]
  readonly acknowledged: Value[] = []

  get possible(): Value[] {
    return this.#possible.map(({ value }) => value)
  }

  /** Answers what to call when it is acknowledged. */
  begin(value: Value): () => void {
    const write = { value }
    this.#possible.push(write)
    return () => {
      this.acknowledged.push(value)
      this.#possible = this.#possible.slice(this.#possible.indexOf(write))
    }
  }
}

async function act(
  world: World,
  id: string,
  model: Model,
  steps: readonly Step[],
  next: () => number,
): Promise<void> {
  for (const step of steps) {
    const { cache, died } = world
    const alive = <T>(answer: Promise<T>) => Promise.race([answer, died])
    const write = async (value: Value) => {
      const acknowledge = model.begin(value)
      await alive<unknown>(value === undefined ? cache.delete(id) : cache.set(id, value))
      acknowledge()
    }
    const read = async () => {
      const before = model.possible
      const found = await alive(cache.get(id))
      expect([...before, ...model.possible]).toContain(found)
    }
    const actions: Readonly<Record<Step, () => Promise<unknown>[]>> = {
      set: () => [write(next())],
      burst: () => [write(next()), write(next()), read(), write(next())],
      delete: () => [write(undefined)],
      get: () => [read()],
      sync: () => [alive(cache.flush())],
    }
    for (const outcome of await Promise.allSettled(actions[step]())) {
      if (outcome.status === 'rejected' && outcome.reason.name === 'AssertionError') {
        throw outcome.reason
      }
    }
  }
}

async function run(scheduler: fc.Scheduler, plan: Plan, seed: readonly number[]): Promise<void> {
  let cast = 0
  const dice = () => seed[cast++ % seed.length] as number
  const world = new World(scheduler, plan, dice)
  const models = new Map(ids.map((id) => [id, new Model()]))
  let number = 0
  const next = () => ++number
  const crashing = async () => {
    for (let crash = 0; crash < plan.crashes; crash++) {
      for (let turn = dice() % 12; turn >= 0; turn--) {
        await scheduler.schedule(Promise.resolve(), 'towards a crash')
      }
      world.crash()
    }
  }
  const work = async () => {
    const actors = ids.map((id, i) =>
      act(world, id, models.get(id) as Model, plan.steps[i] as Step[], next),
    )
    await Promise.all([...actors, crashing()])
    world.healthy = true
    world.crash()
    for (const [id, model] of models) expect(model.possible).toContain(await world.cache.get(id))
    await world.cache.flush()
  }
  await runSchedule(scheduler, world.clock, work())
  expect(world.cache.backlog().pending).toBe(0)
  for (const [id, model] of models) {
    expect(model.possible).toContain(world.rows.get(id))
    const ofId = world.history.filter((change) => change.id === id)
    const firsts = [...new Map(ofId.map(({ name, value }) => [name, value]))]
    const order = firsts.map(([name]) => ofId.findIndex((change) => change.name === name))
    expect(order).toEqual(order.toSorted((a, b) => a - b))
    const reached = firsts.map(([, value]) => value)
    const inOrder = reached.filter((value) => value !== undefined)
    expect(inOrder).toEqual(inOrder.toSorted((a, b) => (a as number) - (b as number)))
    if (!plan.coalesce) {
      const lost = model.acknowledged.filter((value) => !reached.includes(value))
      expect(lost).toEqual([])
    }
  }
}

test('whatever is interleaved, fails or crashes: reads see what was acknowledged, and it reaches the source in order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      plans,
      fc.array(fc.nat(99), { minLength: 50, maxLength: 50 }),
      run,
    ),
    { numRuns: 150 },
  )
})
