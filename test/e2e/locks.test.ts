import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { sharedStores } from '../servers/shared-stores.ts'
import { temporaryDirectory } from '../unit/temporary-directory.ts'

/** Locks and limits of four processes over a real store. */

const program = fileURLToPath(new URL('../programs/lock-worker.mjs', import.meta.url))

interface Reply<T> {
  readonly answer: T
  readonly error?: string
}

type Worker = ReturnType<typeof startWorker>

function startWorker(url: string, directory: string) {
  const child = fork(program, [url, directory])
  const ended = once(child, 'exit')
  const early = ended.then(([code]) => [{ error: `It ended: ${code}` }])
  return {
    async ask<T>(...call: unknown[]): Promise<T> {
      child.send(call)
      const [reply] = (await Promise.race([once(child, 'message'), early])) as [Reply<T>]
      if (reply.error !== undefined) throw new Error(reply.error)
      return reply.answer
    },
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

test.each(Object.entries(sharedStores))(
  'of 4 processes over %s one at a time has a lock, three a semaphore, and a limit is one for all',
  async (_, open) => {
    const url = await open()
    const directory = temporaryDirectory()
    const workers = Array.from({ length: 4 }, () => startWorker(url, directory))
    onTestFinished(async () => {
      for (const worker of workers) await worker.kill()
    })
    const all = <T>(...call: unknown[]) => Promise.all(workers.map(({ ask }) => ask<T>(...call)))

    writeFileSync(join(directory, 'counter'), '0')
    await all('count', 25)
    expect(readFileSync(join(directory, 'counter'), 'utf8')).toBe('100')
    const fences = readFileSync(join(directory, 'fences'), 'utf8').trim().split('\n').map(Number)
    expect(fences).toEqual([...new Set(fences)].sort((a, b) => a - b))
    expect(fences.length).toBe(100)

    expect(Math.max(...(await all<number>('crowd', 10, 3)))).toBeLessThanOrEqual(3)

    for (const algorithm of ['fixed', 'sliding']) {
      const allowed = await all<number>('take', 100, 150, algorithm)
      expect(allowed.reduce((sum, each) => sum + each)).toBe(150)
    }

    const [holder, waiter, other] = workers as [Worker, Worker, Worker]
    const first = await holder.ask<number>('hold', '5s')
    expect(await other.ask('tryHold')).toBeNull()
    const next = waiter.ask<number>('waitForHeld')
    await holder.kill()
    expect(await next).toBeGreaterThan(first)
    expect(await other.ask('tryHold')).toBeNull()
  },
)
