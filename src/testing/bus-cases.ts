import type { Bus, BusListener } from '../contracts/bus.ts'
import type { Bytes } from '../contracts/store.ts'
import { hexOf } from '../kernel/hex.ts'
import { same } from './same.ts'

/** One thing that a bus must do. */
export interface BusCase {
  /** What it must do, to go on from "a bus". */
  readonly name: string
  /** Rejects where the bus breaks the contract. Each `connect` answers another bus; all are connected. */
  run(connect: () => Promise<Bus>): Promise<void>
}

/** What every bus must do while nothing disturbs it, for any test runner: run each case on a bus of its own. */
export const busCases: readonly BusCase[] = [
  busCase('tells every subscriber of every bus', async (connect) => {
    const [first, second, third] = [await connect(), await connect(), await connect()]
    const ears = [await hear(first), await hear(second), await hear(second), await hear(third)]
    await first.publish(text('one'))
    await third.publish(text('two'))
    for (const ear of ears.slice(1, 3)) await ear.expect(['one', 'two'])
    await ears[0]?.heard('two')
    await ears[3]?.heard('one')
  }),

  busCase(
    'tells a subscriber what is published from the moment it has subscribed',
    async (connect) => {
      const [publisher, bus] = [await connect(), await connect()]
      for (let round = 0; round < 20; round++) {
        const ear = await hear(bus)
        await publisher.publish(text(`${round}`))
        await ear.expect([`${round}`])
        await ear.leave()
      }
    },
  ),

  busCase('keeps the order of a publisher that does not wait', async (connect) => {
    const [publisher, bus] = [await connect(), await connect()]
    const ear = await hear(bus)
    const words = count(1000)
    await Promise.all(words.map((word) => publisher.publish(text(word))))
    await ear.expect(words)
  }),

  busCase('keeps the order of each of two publishers', async (connect) => {
    const [left, right, bus] = [await connect(), await connect(), await connect()]
    const ear = await hear(bus)
    const words = count(200)
    await Promise.all(
      words.flatMap((word) => [left.publish(text(`l${word}`)), right.publish(text(`r${word}`))]),
    )
    await ear.heard('l199')
    await ear.heard('r199')
    for (const side of ['l', 'r']) {
      const told = ear.told.filter((word) => word.startsWith(side))
      same(
        told,
        words.map((word) => side + word),
        'messages of one publisher',
      )
    }
  }),

  busCase('carries bytes as they are', async (connect) => {
    const [publisher, bus] = [await connect(), await connect()]
    const received: Bytes[] = []
    const ear = await hear(bus, (bytes) => received.push(bytes))
    const every = Uint8Array.from({ length: 256 }, (_, byte) => byte)
    const large = Uint8Array.from({ length: 48 * 1024 }, (_, at) => (at * 31) >> 3)
    const sent = [new Uint8Array(0), every, every.subarray(7, 9), large, new Uint8Array(1)]
    for (const bytes of sent) await publisher.publish(bytes)
    await publisher.publish(text('end'))
    await ear.heard('end')
    // Compared only now: what was handed over must not have been overwritten by what came after it.
    same(received.slice(0, -1).map(hexOf), sent.map(hexOf), 'bytes')
  }),

  busCase('delivers at poll whatever publish was awaited before', async (connect) => {
    const [publisher, bus] = [await connect(), await connect()]
    if (!bus.poll) return
    const ear = await hear(bus)
    for (const word of count(100)) {
      bus.poll()
      await publisher.publish(text(word))
      bus.poll()
      same(ear.told.at(-1), word, 'the message told last after a poll')
    }
    bus.poll()
    same(ear.told, count(100), 'messages')
  }),

  busCase('can be polled before anybody subscribes and after everybody left', async (connect) => {
    const [publisher, bus] = [await connect(), await connect()]
    bus.poll?.()
    const ear = await hear(bus)
    await ear.leave()
    await publisher.publish(text('unheard'))
    bus.poll?.()
    await bus.close()
    bus.poll?.()
    same(ear.told, [], 'messages')
  }),

  busCase('tells nothing to a listener that has unsubscribed', async (connect) => {
    const [publisher, bus] = [await connect(), await connect()]
    const [leaver, stayer] = [await hear(bus), await hear(bus)]
    await publisher.publish(text('before'))
    await leaver.heard('before')
    await leaver.leave()
    await leaver.leave()
    await publisher.publish(text('after'))
    await stayer.heard('after')
    same(leaver.told, ['before'], 'messages')
  }),

  busCase('lets listeners publish and unsubscribe while they are told', async (connect) => {
    const [publisher, bus] = [await connect(), await connect()]
    const answers: Promise<void>[] = []
    const first = await hear(bus, (_, word) => {
      if (word.startsWith('ask')) answers.push(bus.publish(text(`answer ${word}`)), first.leave())
    })
    const second = await hear(bus)
    const third = await hear(publisher)
    await publisher.publish(text('ask'))
    await publisher.publish(text('ask again'))
    await third.heard('answer ask')
    await second.heard('ask again')
    await Promise.all(answers)
    same(first.told, ['ask'], 'messages of the one that left')
    const asked = second.told.filter((word) => word.startsWith('ask'))
    same(asked, ['ask', 'ask again'], 'messages of the one that stayed')
  }),

  busCase('can be closed twice, and the others go on', async (connect) => {
    const [closing, publisher, bus] = [await connect(), await connect(), await connect()]
    const [gone, ear] = [await hear(closing), await hear(bus)]
    await closing.close()
    await closing.close()
    await gone.leave()
    await publisher.publish(text('on'))
    await ear.expect(['on'])
    same(gone.told, [], 'messages told after close')
    for (const act of [() => closing.publish(text('x')), () => closing.subscribe(gone)]) {
      let refused = false
      await act().catch(() => {
        refused = true
      })
      same(refused, true, 'a closed bus refuses')
    }
  }),
]

function busCase(name: string, body: BusCase['run']): BusCase {
  return {
    name,
    async run(connect) {
      const buses: Bus[] = []
      try {
        await body(async () => {
          const bus = await connect()
          buses.push(bus)
          return bus
        })
      } finally {
        await Promise.all(buses.map((bus) => bus.close()))
      }
    },
  }
}

/** A listener that remembers what it was told, as text, and takes any gap for a failure. */
interface Ear extends BusListener {
  readonly told: readonly string[]
  /** Resolves when it has been told the word. */
  heard(word: string): Promise<void>
  /** Resolves when it has been told as much; rejects unless that is what it was told. */
  expect(words: readonly string[]): Promise<void>
  leave(): Promise<void>
}

async function hear(bus: Bus, then?: (bytes: Bytes, word: string) => void): Promise<Ear> {
  const told: string[] = []
  let gaps = 0
  let wake = () => {}
  const until = async (condition: () => boolean) => {
    for (bus.poll?.(); !condition() && gaps === 0; ) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
    same(gaps, 0, 'gaps')
  }
  const listener: BusListener = {
    message(bytes) {
      const word = new TextDecoder().decode(bytes)
      told.push(word)
      then?.(bytes, word)
      wake()
    },
    gap() {
      gaps++
      wake()
    },
  }
  const leave = await bus.subscribe(listener)
  return {
    ...listener,
    told,
    leave,
    heard: (word) => until(() => told.includes(word)),
    async expect(words) {
      await until(() => told.length >= words.length)
      same(told, words, 'messages')
    },
  }
}

function count(length: number): string[] {
  return Array.from({ length }, (_, index) => `${index}`)
}

function text(word: string): Bytes {
  return new TextEncoder().encode(word)
}
