import { expect, test } from 'vitest'
import { cachePage } from '../../../src/http/adapters/fetch.ts'
import { createCache } from '../../../src/index.ts'
import { temporaryDirectory } from '../../unit/temporary-directory.ts'

test('a page whose answer has just ended is there after a restart, for who waits before he closes', async () => {
  const store = `lmdb:${temporaryDirectory()}`
  let made = 0
  for (let start = 1; start <= 3; start++) {
    const cache = createCache({ store })
    const page = cachePage('1h', { cache })
    const handler = page(() => new Response(`page ${++made}`))
    const response = await handler(new Request('http://example.org/'))
    expect(await response.text()).toBe('page 1')
    await page.settled()
    await cache.close()
  }
  expect(made).toBe(1)
})
