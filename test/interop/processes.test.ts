import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { originOf, saying } from '../http/client/test-origin.ts'
import { sharedStores } from '../servers/shared-stores.ts'

/** What libraries keep on one store, in two processes. */

const program = fileURLToPath(new URL('../programs/interop-process.mjs', import.meta.url))

type Ask = <T = unknown>(verb: string, ...args: unknown[]) => Promise<T>

function startProcess(url: string): Ask {
  const child = fork(program, [url], { serialization: 'advanced' })
  const ended = once(child, 'exit')
  const early = ended.then(([code]) => [{ error: `It ended: ${code}` }])
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
  })
  return async (...call) => {
    child.send(call)
    const [{ answer, error }] = await Promise.race([once(child, 'message'), early])
    if (error !== undefined) throw new Error(error)
    return answer
  }
}

test.each(['LMDB', 'Redis'] as const)('two processes share them over %s', async (store) => {
  const url = await sharedStores[store]()
  const [one, other] = [startProcess(url), startProcess(url)]

  const session = { cookie: { maxAge: 60_000 }, name: 'Ada' }
  await one('setSession', 'sid', session)
  expect(await other('getSession', 'sid')).toEqual(session)
  await other('setSession', 'sid', { ...session, name: 'Grace' })
  expect(await one('getSession', 'sid')).toMatchObject({ name: 'Grace' })
  await one('setSession', 'another', session)
  expect(await other('countSessions')).toBe(2)
  await other('destroySession', 'sid')
  await one('touchSession', 'sid', session)
  expect(await one('getSession', 'sid')).toBeUndefined()

  const hits = await Promise.all(
    [one, other].map((ask) => ask<[number, number][]>('hit', 'ip', 100)),
  )
  const counts = hits.flat().map(([count]) => count)
  expect(counts.sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, i) => i + 1))
  await one('giveBack', 'ip')
  expect((await other<[number][]>('hit', 'ip', 1))[0]?.[0]).toBe(200)

  await one('setItem', 'a:b', 'x')
  await other('setItem', 'c', 'y')
  expect((await one<string[]>('getKeys', '')).sort()).toEqual(['a:b', 'c'])

  await one('put', 'https://example.com/', 'hello')
  expect(await other('match', 'https://example.com/')).toBe('hello')
  expect(await other('names')).toEqual(['v1'])

  const site = await originOf(saying('page', { 'Cache-Control': 'max-age=3600' }))
  expect(await one('read', site.url, '/')).toBe('page')
  while ((await one('stored', site.url, '/')) === undefined) {}
  expect(await other('read', site.url, '/')).toBe('page')
  expect(site.asked.length).toBe(1)
})
