import { expect, test } from 'vitest'
import { Wakers } from '../../src/core/wakers.ts'
import { fakeClock, settle } from '../../src/testing/fake-clock.ts'

function listening() {
  const clock = fakeClock()
  const wakers = new Wakers(clock)
  const listener = wakers.listen('key')
  const waits = (ms: number) => {
    const wait = { over: false }
    void listener.change(ms).then(() => {
      wait.over = true
    })
    return wait
  }
  return { clock, wakers, listener, waits }
}

test('a change between a look and the wait ends that wait at once', async () => {
  const { wakers, listener, waits } = listening()
  listener.look()
  wakers.wake('key')
  const wait = waits(1_000)
  await settle()
  expect(wait.over).toBe(true)
})

test('what a look saw is not waited for again', async () => {
  const { clock, wakers, listener, waits } = listening()
  wakers.wake('key')
  listener.look()
  wakers.wake('another key')
  const wait = waits(1_000)
  await clock.pass(999)
  expect(wait.over).toBe(false)
  await clock.pass(1)
  expect(wait.over).toBe(true)
})

test('a change ends the waits of all who listen, and leaves no timer', async () => {
  const { clock, wakers, waits } = listening()
  const wait = waits(1_000)
  const other = { over: false }
  void wakers.changeOf('key', 1_000).then(() => {
    other.over = true
  })
  wakers.wakeAll()
  await settle()
  expect([wait.over, other.over, clock.pending()]).toEqual([true, true, 0])
})

test('who has ended hears no more, and others go on', async () => {
  const { wakers, listener, waits } = listening()
  const other = wakers.listen('key')
  other.end()
  other.end()
  const wait = waits(1_000)
  wakers.wake('key')
  await settle()
  expect(wait.over).toBe(true)
  listener.end()
  const later = wakers.listen('key')
  listener.end()
  wakers.wake('key')
  await later.change(1_000)
})
