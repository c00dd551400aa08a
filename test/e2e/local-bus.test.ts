import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { localBus } from 'hotset/local-bus'
import { afterEach, beforeEach, expect, test } from 'vitest'

let directory: string
let children: ChildProcess[]

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'hotset-local-bus-'))
  children = []
})
afterEach(async () => {
  for (const child of children) await kill(child)
  rmSync(directory, { recursive: true })
})

function program(name: string): string {
  return fileURLToPath(new URL(`../programs/${name}.mjs`, import.meta.url))
}

function start(name: string, ...args: string[]): ChildProcess {
  const child = fork(program(name), [directory, ...args], { execArgv: [] })
  children.push(child)
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

/** The next thing the process sends; an error if it ends instead. */
async function answer(child: ChildProcess): Promise<unknown> {
  const ended = new AbortController()
  const exit = once(child, 'exit', { signal: ended.signal }).then(([code]) => {
    throw new Error(`${child.spawnfile} ended with ${code}`)
  })
  exit.catch(() => {})
  try {
    const [message] = await Promise.race([once(child, 'message', { signal: ended.signal }), exit])
    return message
  } finally {
    ended.abort()
  }
}

/** All that is in the directory is a few files of the log. */
function expectOnlyTheLog(maxBytes: number): void {
  const names = readdirSync(directory)
  expect(names.length).toBeLessThanOrEqual(4)
  for (const name of names) {
    expect(name).toMatch(/^log-\d+$/)
    expect(statSync(join(directory, name)).size).toBeLessThan(maxBytes)
  }
}

test('four processes hear all of each other, in order, over many files', async () => {
  const [total, crowd] = [5000, 4]
  const all = Array.from({ length: crowd }, (_, name) =>
    start('bus-crowd', `${name}`, `${total}`, `${crowd}`),
  )
  for (const child of all) expect(await answer(child)).toBe('ready')
  const answers = all.map(answer)
  for (const child of all) child.send('go')
  for (const reply of await Promise.all(answers)) {
    expect(reply).toEqual({ heard: expect.anything(), disorder: 0, gaps: [] })
    const { heard } = reply as { heard: [string, number][] }
    expect(heard.sort()).toEqual([0, 1, 2, 3].map((name) => [`${name}`, total]))
  }
  // 20,000 frames of 20 bytes and more in files of 16 KB.
  expect(Math.max(...readdirSync(directory).map((name) => Number(name.slice(4))))).toBeGreaterThan(
    20,
  )
  expectOnlyTheLog(32 * 1024)
})

test('who hears of a message over another channel has it at the next poll', async () => {
  expect(await answer(start('bus-acknowledge', '5000'))).toEqual({ round: 5000, missed: 0 })
})

test('threads have what another thread published before it sent them a message', async () => {
  const [first, second] = [0, 1].map(
    () => new Worker(program('bus-thread'), { workerData: { directory } }),
  ) as [Worker, Worker]
  const ask = async (thread: Worker, number?: number) => {
    const reply = once(thread, 'message')
    if (number !== undefined) thread.postMessage(number)
    return (await reply)[0]
  }
  try {
    expect(await Promise.all([ask(first), ask(second)])).toEqual(['ready', 'ready'])
    expect(await ask(first, 0)).toEqual({ told: undefined, published: 1 })
    for (let number = 1; number <= 2000; number += 2) {
      expect(await ask(second, number)).toEqual({ told: number, published: number + 1 })
      expect(await ask(first, number + 1)).toEqual({ told: number + 1, published: number + 2 })
    }
  } finally {
    await Promise.all([first.terminate(), second.terminate()])
  }
})

/** Hears publishers, and checks that each message is as it was written and comes in its order. */
async function observe() {
  const bus = localBus({ directory, maxBytes: '2mb' })
  const heard = new Map<string, number>()
  const wrong: string[] = []
  let wake = () => {}
  await bus.subscribe({
    message(bytes) {
      const text = new TextDecoder().decode(bytes)
      const [name = '', digits, filling] = text.split(' ')
      const number = Number(digits)
      const intact = filling === `${number % 10}`.repeat((number * 7919) % 40_000)
      if (!intact || number <= (heard.get(name) ?? -1)) wrong.push(text.slice(0, 20))
      heard.set(name, number)
      wake()
    },
    gap() {},
  })
  return {
    bus,
    wrong,
    /** Resolves when it has heard so many more messages of the publisher. */
    async hear(name: string, count: number) {
      const goal = (heard.get(name) ?? -1) + count
      while ((heard.get(name) ?? -1) < goal) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
  }
}

test('where publishers are killed, nothing torn is told, the others go on, and others join', async () => {
  const observer = await observe()
  const publishers = ['a', 'b', 'c'].map((name) => ({ name, child: start('bus-publisher', name) }))
  for (let round = 0; round < 10; round++) {
    for (const { name } of publishers) await observer.hear(name, 3 + (round % 7))
    const victim = publishers.splice(round % 3, 1)[0]
    if (victim) await kill(victim.child)
    for (const { name } of publishers) await observer.hear(name, 3)
    publishers.push({ name: `${round}`, child: start('bus-publisher', `${round}`) })
  }
  const joiner = await observe()
  for (const { name } of publishers) await joiner.hear(name, 3)
  for (const { child } of publishers) await kill(child)
  await observer.bus.publish(new TextEncoder().encode('last 0 '))
  joiner.bus.poll?.()
  await joiner.hear('last', 0)
  expect([...observer.wrong, ...joiner.wrong]).toEqual([])
  await Promise.all([observer.bus.close(), joiner.bus.close()])
  expectOnlyTheLog(2.5 * 1024 * 1024)
})

test.each([true, false])(
  'a process that only listens ends by itself (watching: %s)',
  async (watch) => {
    const listener = start('bus-listener', `${watch}`)
    expect(await once(listener, 'exit')).toEqual([0, null])
  },
)
