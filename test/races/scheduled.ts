import type fc from 'fast-check'
import type { Bus } from '../../src/contracts/bus.ts'
import type { Store } from '../../src/contracts/store.ts'
import { type FakeClock, settle } from '../../src/testing/fake-clock.ts'

/** Milliseconds; longer than any lease or deadline here. */
const longestQuiet = 60_000

/** Lets the scheduler choose what happens next; time moves on only when nothing else can happen. */
export async function runSchedule(
  scheduler: fc.Scheduler,
  clock: FakeClock,
  work: Promise<unknown>,
): Promise<void> {
  let finished = false
  const end = () => {
    finished = true
  }
  work.then(end, end)
  for (let quiet = 0; !finished; quiet++) {
    if (quiet > longestQuiet) throw new Error('Nothing happens any more, and somebody still waits')
    // No time passes while somebody is on his way.
    await settle()
    if (scheduler.count() > 0) {
      quiet = 0
      await scheduler.waitOne()
    } else if (!finished) await clock.pass(1)
  }
  await work
}

/** The store with a pause before and after every operation, which the scheduler ends. */
export function scheduled(store: Store, scheduler: fc.Scheduler): Store {
  const paused =
    <A extends unknown[], R>(name: string, run: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      await scheduler.schedule(Promise.resolve(), `before ${name}`)
      const result = await run(...args)
      await scheduler.schedule(Promise.resolve(), `after ${name}`)
      return result
    }
  const { addMany, replaceMany } = store
  return {
    name: store.name,
    getMany: paused('getMany', (asked) => store.getMany(asked)),
    setMany: paused('setMany', (records) => store.setMany(records)),
    deleteMany: paused('deleteMany', (asked) => store.deleteMany(asked)),
    close: () => store.close(),
    ...(addMany && { addMany: paused('addMany', (records) => addMany.call(store, records)) }),
    ...(replaceMany && {
      replaceMany: paused('replaceMany', (changes) => replaceMany.call(store, changes)),
    }),
  }
}

export function scheduledBus(bus: Bus, scheduler: fc.Scheduler): Bus {
  return {
    ...bus,
    async publish(message) {
      await scheduler.schedule(Promise.resolve(), 'before publish')
      await bus.publish(message)
      await scheduler.schedule(Promise.resolve(), 'after publish')
    },
  }
}
