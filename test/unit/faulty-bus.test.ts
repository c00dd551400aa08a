import { expect, test } from 'vitest'
import { memoryHub } from '../../src/buses/memory.ts'
import { BusError } from '../../src/kernel/errors.ts'
import { busCases } from '../../src/testing/bus-cases.ts'
import { type BusFaults, faultyBus } from '../../src/testing/faulty-bus.ts'

async function observe(faults: BusFaults) {
  const hub = memoryHub()
  const bus = faultyBus(hub.connect(), faults)
  const told: string[] = []
  const leave = await bus.subscribe({
    message: (bytes) => told.push(`${Buffer.from(bytes)}`),
    gap: (reason) => told.push(`gap: ${reason}`),
  })
  const others = hub.connect()
  const say = (text: string) => others.publish(Buffer.from(text))
  return { bus, told, leave, say }
}

test.each(busCases)('without faults it is the bus it wraps: $name', async ({ run }) => {
  const hub = memoryHub()
  await run(async () => faultyBus(hub.connect(), {}))
})

test('loses, repeats and holds what arrives', async () => {
  const fates = ['deliver', 'lose', 'repeat', 'hold', 'hold', 'deliver'] as const
  const { bus, told, say } = await observe({ arriving: (_, number) => fates[number] ?? 'deliver' })
  for (const text of ['a', 'b', 'c', 'd', 'e', 'f']) await say(text)
  expect(told).toEqual(['a', 'c', 'c', 'f'])
  bus.release()
  bus.release()
  expect(told).toEqual(['a', 'c', 'c', 'f', 'd', 'e'])
})

test('what is held is not told to who has left', async () => {
  const { bus, told, leave, say } = await observe({ arriving: () => 'hold' })
  await say('a')
  await leave()
  bus.release()
  bus.gap('late')
  expect(told).toEqual([])
})

test('loses, fails and hangs what leaves', async () => {
  const fates = ['publish', 'lose', 'fail', 'hang'] as const
  const { bus, told } = await observe({ leaving: (_, number) => fates[number] ?? 'publish' })
  await bus.publish(Buffer.from('a'))
  await bus.publish(Buffer.from('b'))
  await expect(bus.publish(Buffer.from('c'))).rejects.toThrow(BusError)
  void bus.publish(Buffer.from('d'))
  await bus.publish(Buffer.from('e'))
  expect(told).toEqual(['a', 'e'])
})

test('tells of a gap', async () => {
  const { bus, told } = await observe({})
  bus.gap('scripted')
  expect(told).toEqual(['gap: scripted'])
})
