import { describe, expect, test } from 'vitest'
import { saying, type TestOrigin, until } from './test-origin.ts'

/** Asks the origin, and reads it all; `how` it came about. */
export type Ask = (signal?: AbortSignal) => Promise<{ readonly text: string; readonly how: string }>

/** What is promised of requests that come at once, whatever the client. */
export function oneRequest(origin: () => TestOrigin, client: () => Ask): void {
  /** Answers are held until this is called. */
  function held(): () => void {
    let go = () => {}
    origin().answer = (request, response) => {
      go = () => saying('shared')(request, response)
    }
    return () => go()
  }

  const arrival = () => until(() => origin().asked.length > 0)

  describe('one request', () => {
    test('is all that those who ask at once send', async () => {
      const ask = client()
      const go = held()
      const asking = Array.from({ length: 20 }, () => ask())
      await arrival()
      go()
      const answers = await Promise.all(asking)
      expect(answers.map(({ text }) => text)).toEqual(Array(20).fill('shared'))
      expect(origin().asked).toHaveLength(1)
    })

    test('goes on for the others when one of them aborts', async () => {
      const ask = client()
      const go = held()
      const leaving = new AbortController()
      const first = ask(leaving.signal)
      const second = ask()
      await arrival()
      leaving.abort(new Error('enough'))
      await expect(first).rejects.toThrow('enough')
      go()
      expect((await second).text).toBe('shared')
      expect(origin().asked).toHaveLength(1)
    })

    test('ends with the last who waits', async () => {
      const ask = client()
      let gone = false
      origin().answer = ({ socket }) => socket.on('close', () => (gone = true))
      const leaving = new AbortController()
      const asking = [1, 2].map(() => ask(leaving.signal))
      await arrival()
      leaving.abort()
      for (const each of asking) await expect(each).rejects.toMatchObject({ name: 'AbortError' })
      await until(() => gone)
      origin().answer = saying('later')
      expect(await ask()).toMatchObject({ text: 'later', how: 'uri-miss' })
    })
  })
}
