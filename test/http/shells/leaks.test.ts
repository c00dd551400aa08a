import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask } from './client.ts'
import { type Handler, type Site, shells } from './shells.ts'

/** What a handler says of a page, and what a user says of himself. */
interface Combination {
  readonly credentials: 'cookie' | 'authorization' | 'both'
  readonly vary: string | undefined
  readonly cacheControl: string | undefined
  readonly setsCookie: boolean
}

const combinations: readonly Combination[] = (['cookie', 'authorization', 'both'] as const).flatMap(
  (credentials) =>
    [undefined, 'Cookie', 'Authorization', 'Cookie, Authorization', 'Accept-Language', '*'].flatMap(
      (vary) =>
        [
          undefined,
          'max-age=60',
          'public',
          'public, max-age=60',
          's-maxage=60',
          'max-age=60, must-revalidate',
          'private',
          'private, max-age=60',
          'private="x-user", max-age=60',
          'no-store',
          'no-cache',
          'max-age=0, stale-while-revalidate=60, stale-if-error=60',
        ].flatMap((cacheControl) =>
          [true, false].map((setsCookie) => ({ credentials, vary, cacheControl, setsCookie })),
        ),
    ),
)

/** A page for one user: all of its answer that differs between users names him. */
const handler: Handler = ({ path, header }) => {
  const combination = combinations[Number(path.slice(1))] as Combination
  const { vary, cacheControl, setsCookie } = combination
  const user = /ada|bob/.exec(`${header('cookie')} ${header('authorization')}`)?.[0] ?? 'nobody'
  return {
    headers: {
      ETag: `"${user}"`,
      'X-User': user,
      ...(vary === undefined ? undefined : { Vary: vary }),
      ...(cacheControl === undefined ? undefined : { 'Cache-Control': cacheControl }),
      ...(setsCookie ? { 'Set-Cookie': `session=${user}; HttpOnly` } : undefined),
    },
    body: `the page of ${user}`,
  }
}

/**
 * Whether the handler says in so many words that the page is everybody's: a lifetime for shared caches, with
 * `Authorization` one of the directives of RFC 9111 §3.5, and nothing of it that depends on who asks.
 */
function isDeclaredShared({ credentials, vary, cacheControl = '', setsCookie }: Combination) {
  if (setsCookie || /no-store|no-cache|private(?!=)/.test(cacheControl)) return false
  if (/Cookie/.test(vary ?? '') && credentials !== 'authorization') return false
  if (/Authorization/.test(vary ?? '') && credentials !== 'cookie') return false
  if (vary === '*') return false
  const hasLifetime = /max-?age/.test(cacheControl)
  if (credentials === 'cookie') return hasLifetime
  if (credentials === 'both' && !hasLifetime) return false
  return /public|s-maxage|must-revalidate/.test(cacheControl)
}

function headersOf({ credentials }: Combination, user: string): Record<string, string> {
  return {
    'Accept-Language': 'en',
    ...(credentials === 'authorization' ? undefined : { Cookie: `session=${user}` }),
    ...(credentials === 'cookie' ? undefined : { Authorization: `Bearer ${user}` }),
  }
}

/** Whose page and fields a user must not see. What was made for nobody and has a lifetime is everybody's. */
function others(user: string, { cacheControl = '' }: Combination): readonly string[] {
  const names = /(?:age|revalidate)=[1-9]/.test(cacheControl)
    ? ['ada', 'bob']
    : ['ada', 'bob', 'nobody']
  return names.filter((name) => name !== user)
}

describe.each(shells)('$name', (shell) => {
  describe.each([
    { ttl: '1h', cookies: 'bypass' },
    { ttl: '1h', cookies: ['session'] },
    { ttl: undefined, cookies: 'bypass' },
  ] as const)('ttl $ttl, cookies $cookies', ({ ttl, cookies }) => {
    let site: Site

    beforeAll(async () => {
      site = await shell.open(handler, { ttl, page: { cookies } })
    })
    afterAll(() => site.close())

    test(`two users, and nobody, over ${combinations.length} combinations: never a byte of another's`, async () => {
      const leaks: unknown[] = []
      let answers = 0
      const check = async (combination: Combination, index: number) => {
        const asking = async (user: string) => {
          const headers =
            user === 'nobody' ? { 'Accept-Language': 'en' } : headersOf(combination, user)
          const got = await ask(`${site.url}/${index}`, { headers })
          answers++
          const seen = isDeclaredShared(combination)
            ? `${got.headers['set-cookie']}`
            : `${JSON.stringify(got.headers)} ${got.text}`
          if (others(user, combination).some((other) => seen.includes(other))) {
            leaks.push({ user, seen, ...combination })
          }
        }
        // At the same time, so that one may be handed the answer to the other; then from what was stored.
        await Promise.all(['ada', 'bob', 'nobody', 'ada'].map(asking))
        for (const user of ['ada', 'bob', 'nobody']) await asking(user)
      }
      for (let start = 0; start < combinations.length; start += 16) {
        const some = combinations.slice(start, start + 16)
        await Promise.all(some.map((combination, i) => check(combination, start + i)))
      }
      expect(leaks).toEqual([])
      expect(answers).toBe(combinations.length * 7)
    })
  })
})
