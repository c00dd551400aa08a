import { AsyncLocalStorage } from 'node:async_hooks'
import { afterEach, expect, test, vi } from 'vitest'
import { createFragments } from '../../../src/http/fragments/fragments.ts'
import { createCache } from '../../../src/index.ts'
import { ConfigError, ReentrantLoadError } from '../../../src/kernel/errors.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { fakeClock, settle } from '../../../src/testing/fake-clock.ts'
import { gate } from '../gate.ts'

const down = new Error('the database is down')

function scene() {
  const clock = fakeClock()
  const cache = createCache({ clock })
  return { clock, cache, ...createFragments(cache, { clock }) }
}

afterEach(() => vi.restoreAllMocks())

test('what is kept is the text, whatever is in it', async () => {
  const { fragment, fragmentSync, settled } = scene()
  const texts = ['', '\n', '[null]\n', '{"a":1}\n<p>ü 😀</p>', '\0']
  for (const [i, text] of texts.entries()) {
    for (let time = 0; time < 2; time++) {
      expect(await fragment('a', [i], () => text)).toBe(text)
      expect(fragmentSync('b', [i], () => text)).toBe(text)
      await settled()
    }
  }
})

test('an error is not kept: of concurrent callers each has it, the next one renders again', async () => {
  const { fragment } = scene()
  let renderings = 0
  const failing = async () => {
    renderings++
    throw down
  }
  const both = await Promise.allSettled([fragment('a', [], failing), fragment('a', [], failing)])
  expect(both).toEqual([
    { status: 'rejected', reason: down },
    { status: 'rejected', reason: down },
  ])
  expect(renderings).toBe(1)
  expect(await fragment('a', [], () => 'well')).toBe('well')
})

test('an error is not kept where it is thrown in one turn, neither are those around it', async () => {
  const { fragmentSync, settled } = scene()
  const page = (inside: () => string) =>
    fragmentSync('page', [], () => fragmentSync('part', [], inside))
  const failing = () => {
    throw down
  }
  expect(() => page(failing)).toThrow(down)
  await settled()
  expect(page(() => 'well')).toBe('well')
})

test('what is shown in the place of a fragment that failed is not kept, unless it is to outlive it', async () => {
  const { fragment, fragmentSync, settled } = scene()
  let failing = true
  const part = () => {
    if (failing) throw down
    return 'well'
  }
  const page = (outlive: boolean) =>
    fragment('page', [outlive], () => fragment('part', [], part).catch(() => 'sorry'), { outlive })
  const pageSync = () =>
    fragmentSync('page', ['now'], () => {
      try {
        return fragmentSync('other-part', [], part)
      } catch {
        return 'sorry'
      }
    })
  expect(() => pageSync()).not.toThrow()
  expect(await Promise.all([page(false), page(true), pageSync()])).toEqual([
    'sorry',
    'sorry',
    'sorry',
  ])
  await settled()
  failing = false
  expect(await Promise.all([page(false), page(true), pageSync()])).toEqual([
    'well',
    'sorry',
    'well',
  ])
})

test('a fragment ends with the first one inside, unless it is to outlive it', async () => {
  const { fragment, clock } = scene()
  let version = 1
  const part = () => fragment('part', [], () => `${version}`, { ttl: '10s' })
  const page = (outlive: boolean) => fragment('page', [outlive], part, { ttl: '1m', outlive })
  const book = (outlive: boolean) => fragment('book', [outlive], () => page(outlive), { ttl: null })
  const all = () => Promise.all([page(false), book(false), page(true), book(true)])
  expect(await all()).toEqual(['1', '1', '1', '1'])
  version = 2
  clock.advance(9_999)
  expect(await all()).toEqual(['1', '1', '1', '1'])
  clock.advance(1)
  expect(await all()).toEqual(['2', '2', '1', '1'])
  clock.advance(50_000)
  expect(await all()).toEqual(['2', '2', '2', '2'])
})

test('a fragment that is not to be kept keeps those around it out of the cache', async () => {
  const { fragment } = scene()
  let count = 0
  const page = () =>
    fragment('page', [], () => fragment('part', [], () => `${++count}`, { ttl: 0 }), { ttl: null })
  expect([await page(), await page()]).toEqual(['1', '2'])
})

test('around a fragment that is served stale nothing is kept', async () => {
  const { fragment, clock } = scene()
  let version = 1
  const part = { ttl: '10s', staleWhileRevalidate: '1m' }
  const page = () => fragment('page', [], () => fragment('part', [], () => `${version}`, part))
  expect(await page()).toBe('1')
  version = 2
  clock.advance(10_000)
  expect(await page()).toBe('1')
  await settle()
  expect(await page()).toBe('2')
})

test('one option object serves all fragments; one that is undefined counts as left out', async () => {
  const clock = fakeClock()
  const cache = createCache({ clock, defaults: { ttl: '1h' } })
  const { fragment } = createFragments(cache, { clock, ttl: '10s', tags: ['site'] })
  let version = 1
  const render = () => `${version}`
  const all = () =>
    Promise.all([
      fragment('a', [], render),
      fragment('b', [], render, { ttl: undefined, tags: undefined }),
      fragment('c', [], render, { ttl: '1m', tags: ['c'] }),
    ])
  await all()
  version = 2
  await cache.invalidate('site')
  expect(await all()).toEqual(['2', '2', '1'])
  version = 3
  clock.advance(10_000)
  expect(await all()).toEqual(['3', '3', '1'])
})

test('a fragment that contains itself is refused', async () => {
  const { fragment } = scene()
  const render = (): Promise<string> => fragment('a', [], render)
  await expect(fragment('a', [], render)).rejects.toThrow(ReentrantLoadError)
})

test('what is rendered must be a string, and names and options must make sense', async () => {
  const { fragment, fragmentSync } = scene()
  const wrong = (() => 1) as never
  await expect(fragment('a', [], wrong)).rejects.toThrow(ConfigError)
  expect(() => fragmentSync('a', [], (async () => 'later') as never)).toThrow(
    'Expected `render` to be a function that answers a string',
  )
  await expect(fragment('a', [], 'text' as never)).rejects.toThrow(
    'Expected `render` to be a function',
  )
  await expect(fragment('a:b', [], () => '')).rejects.toThrow('Expected `name` to be made of')
  await expect(fragment('a', [], () => '', { ttl: 'soon' })).rejects.toThrow('Expected `ttl`')
  expect(() => fragmentSync('a', [], () => '', { ttl: 'soon' })).toThrow('Expected `ttl`')
  expect(() => createFragments({} as never)).toThrow('Expected `cache` to be a cache')
})

test('what could not be written in the background is told', async () => {
  const { fragmentSync, settled } = scene()
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  expect(fragmentSync('a', [], () => 'text', { jitter: 7 })).toBe('text')
  await settled()
  expect(warned.mock.calls[0]?.[0]).toMatch(/^The fragment "fragment:a:\(\)" is not kept: .*jitter/)
})

test('of what is rendered in one turn, one write of a key is under way at a time', async () => {
  const clock = fakeClock()
  const store = memoryStore({ clock })
  const cache = createCache({ clock, store })
  const { fragmentSync, settled } = createFragments(cache, { clock })
  for (let time = 0; time < 5; time++) fragmentSync('a', [], () => 'text')
  await settled()
  expect(cache.stats().coalesced).toBe(0)
  expect(fragmentSync('a', [], () => 'again')).toBe('text')
  const other = createFragments(createCache({ clock, store }), { clock })
  expect(await other.fragment('a', [], () => 'again')).toBe('text')
})

test('a refreshed fragment is rendered even if it is there', async () => {
  const { fragment, fragmentSync, settled } = scene()
  await fragment('a', [], () => 'old')
  expect(await fragment('a', [], () => 'new', { refresh: true })).toBe('new')
  expect(fragmentSync('a', [], () => 'newer', { refresh: true })).toBe('newer')
  await settled()
  expect(fragmentSync('a', [], () => 'newest')).toBe('newer')
})

test('a fragment may contain more than an entry may have tags', async () => {
  const { fragment, invalidateFragment, clock, cache } = scene()
  const rendered: string[] = []
  let price = 1
  const list = (name: string) =>
    fragment('list', [name], async () => {
      rendered.push(name)
      const ids = Array.from({ length: 100 }, (_, id) => id)
      const rows = ids.map((id) => fragment(name, [id], () => `${id}:${price}`))
      return (await Promise.all(rows)).join(' ')
    })
  const pages = () => fragment('pages', [], async () => (await list('a')) + (await list('b')))
  await pages()
  expect(rendered).toEqual(['a', 'b'])
  price = 2
  await invalidateFragment('a', [42])
  expect(await pages()).toContain('41:1 42:2 43:1')
  expect(rendered).toEqual(['a', 'b', 'a'])
  clock.advance(1)
  await pages()
  expect(rendered).toEqual(['a', 'b', 'a'])
  await cache.close()
})

test('with more tags of its own making it is not kept, which is told once', async () => {
  const { fragment } = scene()
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  let count = 0
  const list = () =>
    fragment('list', [], async () => {
      count++
      const row = (id: number) => fragment('row', [id], () => `${id}`, { tags: [`row:${id}`] })
      return (await Promise.all(Array.from({ length: 65 }, (_, id) => row(id)))).join(' ')
    })
  await list()
  await list()
  expect(count).toBe(2)
  expect(warned.mock.calls.map(([message]) => message)).toEqual([
    'The fragment "list" is not kept: it depends on 66 tags, and 64 is the most',
  ])
})

test('whose fragments are used does not matter: one depends on what is in its own render', async () => {
  const { fragment, cache } = scene()
  let version = 1
  const page = () =>
    fragment('page', [], (ofPage) =>
      ofPage.fragment('middle', [], () =>
        ofPage.fragment('leaf', [], () => `${version}`, { tags: ['leaf'] }),
      ),
    )
  await page()
  version = 2
  await cache.invalidate('leaf')
  expect(await page()).toBe('2')
})

test('following asynchronous calls need not be something that can be switched off', async () => {
  const runtime = { AsyncLocalStorage: class extends AsyncLocalStorage<unknown> {} }
  Object.assign(runtime.AsyncLocalStorage.prototype, { disable: undefined })
  vi.spyOn(process, 'getBuiltinModule').mockReturnValue(runtime as never)
  vi.resetModules()
  const { createFragments } = await import('../../../src/http/fragments/fragments.ts')
  const { fragment, invalidateFragment } = createFragments(createCache())
  let version = 1
  const page = () =>
    fragment('page', [], async () => {
      await settle()
      return fragment('part', [], () => `${version}`)
    })
  expect(await page()).toBe('1')
  version = 2
  await invalidateFragment('part')
  expect(await page()).toBe('2')
})

test('where asynchronous calls cannot be followed, the argument of render says what is inside', async () => {
  vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined as never)
  vi.resetModules()
  const { createFragments } = await import('../../../src/http/fragments/fragments.ts')
  const cache = createCache()
  const { fragment, fragmentSync, settled } = createFragments(cache)
  let version = 1
  const leaf = () => `${version}`
  const opened = gate()
  opened.open()
  const followed = () =>
    fragment('followed', [], async (inner) => {
      await opened.promise
      return inner.fragment('middle', [], async (inner) => {
        await opened.promise
        return inner.fragment('leaf', [], leaf, { tags: ['leaf'] })
      })
    })
  const template = () =>
    fragmentSync('template', [], () => {
      const first = fragmentSync('a', [], leaf, { tags: ['leaf'] })
      return first + fragmentSync('b', [], leaf)
    })
  const apart = () => fragment('apart', [], leaf)
  const all = async () => {
    const texts = await Promise.all([followed(), template(), apart()])
    await settled()
    return texts
  }
  expect(await all()).toEqual(['1', '11', '1'])
  version = 2
  await cache.invalidate('leaf')
  expect(await all()).toEqual(['2', '21', '1'])
  await cache.close()
})
