import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { expiryOf, itemKey } from '../../src/stores/memcached/item.ts'
import { chosen, hashOf } from '../../src/stores/memcached/rendezvous.ts'
import { type Reply, ReplyReader } from '../../src/stores/memcached/reply-reader.ts'
import { sealed, unsealed } from '../../src/stores/sealed-value.ts'

interface Server {
  readonly name: string
  readonly seed: number
}

const server = (name: string): Server => ({ name, seed: hashOf(name) })
const serversArbitrary = fc
  .uniqueArray(
    fc.oneof(
      fc.integer({ min: 0, max: 255 }).map((i) => `10.0.0.${i}:11211`),
      fc.integer({ min: 1, max: 99 }).map((i) => `cache-${i}.example:11211`),
      fc.integer({ min: 1024, max: 65_535 }).map((port) => `127.0.0.1:${port}`),
    ),
    { minLength: 2, maxLength: 12 },
  )
  .map((names) => names.map(server))
const keysArbitrary = fc
  .tuple(fc.string({ maxLength: 20 }), fc.integer({ min: 0, max: 2 ** 30 }))
  .map(([prefix, first]) => Array.from({ length: 6000 }, (_, i) => `${prefix}:1:${first + i}`))

describe('the servers of keys', () => {
  test('have even shares', () => {
    fc.assert(
      fc.property(serversArbitrary, keysArbitrary, (servers, keys) => {
        const shares = new Map(servers.map(({ name }) => [name, 0]))
        for (const key of keys) {
          const { name } = chosen(key, servers) as Server
          shares.set(name, (shares.get(name) as number) + 1)
        }
        const even = keys.length / servers.length
        // Six standard deviations of a fair lottery.
        const most = even + 6 * Math.sqrt(even)
        for (const share of shares.values()) {
          expect(share).toBeGreaterThan(2 * even - most)
          expect(share).toBeLessThan(most)
        }
      }),
      { numRuns: 200 },
    )
  })

  test('stay as they are when others come and go, in whatever order they are named', () => {
    fc.assert(
      fc.property(serversArbitrary, keysArbitrary, fc.nat(), (servers, keys, nth) => {
        const gone = servers[nth % servers.length] as Server
        const left = servers.filter((other) => other !== gone).toReversed()
        const others = (other: Server) => other !== gone
        const before = keys.map((key) => chosen(key, servers))
        const after = keys.map((key) => chosen(key, left))
        expect(after.every((to, i) => to === chosen(keys[i] as string, servers, others))).toBe(true)
        expect(after.filter((to, i) => before[i] !== gone && before[i] !== to)).toEqual([])
        const moved = before.filter((from) => from === gone).length
        const even = keys.length / servers.length
        expect(moved).toBeLessThan(even + 6 * Math.sqrt(even))
      }),
      { numRuns: 100 },
    )
  })

  test('share the keys of one that is passed over', () => {
    const servers = ['a:11211', 'b:11211', 'c:11211', 'd:11211'].map(server)
    const taken = new Map<string | undefined, number>()
    for (let i = 0; i < 8000; i++) {
      if (chosen(`key ${i}`, servers) !== servers[0]) continue
      const name = chosen(`key ${i}`, servers, (other) => other !== servers[0])?.name
      taken.set(name, (taken.get(name) ?? 0) + 1)
    }
    expect([...taken.keys()].sort()).toEqual(['b:11211', 'c:11211', 'd:11211'])
    for (const share of taken.values()) expect(Math.abs(share - 667)).toBeLessThan(150)
  })

  test('are the same in every version, or a release would lose all that is cached', () => {
    const servers = ['a:11211', 'b:11211', '10.0.0.7:11212', '/run/memcached.sock'].map(server)
    const keys = ['', 'a', 'shop:1:user:42', 'shop:#:users', 'ключ', '\ud800', 'x'.repeat(300)]
    expect(keys.map((key) => chosen(key, servers)?.name)).toEqual([
      'a:11211',
      '/run/memcached.sock',
      'b:11211',
      '10.0.0.7:11212',
      'b:11211',
      '10.0.0.7:11212',
      '/run/memcached.sock',
    ])
  })

  test('are none where there are none', () => {
    expect(chosen('a', [])).toBeUndefined()
    expect(chosen('a', [server('a')], () => false)).toBeUndefined()
  })
})

const replyArbitrary = fc.oneof(
  fc.record({
    kind: fc.constant('VA'),
    value: fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.constantFrom('VA 3 O1\r\nabc\r\n', 'END\r\n', '\r\n').map((text) => Buffer.from(text)),
    ),
    opaque: fc.nat(),
    cas: fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }),
  }),
  fc.record({
    kind: fc.constantFrom('HD', 'EN', 'NF', 'EX', 'NS'),
    opaque: fc.nat(),
  }),
  fc.record({
    kind: fc.constantFrom('MN', 'END', 'SERVER_ERROR object too large', 'STAT a b', 'ERROR'),
  }),
  fc.record({
    kind: fc.constant('CONFIG'),
    value: fc.uint8Array({ maxLength: 40 }),
  }),
)
type Said = typeof replyArbitrary extends fc.Arbitrary<infer T> ? T : never

/** As a server says it, and as it should be understood. */
function spoken(said: Said): { bytes: Buffer; reply: Omit<Reply, 'value'> & { value?: number[] } } {
  const opaque = 'opaque' in said ? said.opaque : -1
  const cas = 'cas' in said ? `${said.cas}` : ''
  const value = 'value' in said ? Buffer.from(said.value) : undefined
  const flags = opaque < 0 ? '' : ` k_ O${opaque}${cas && ` c${cas}`} b`
  const head =
    said.kind === 'CONFIG'
      ? `CONFIG cluster 0 ${value?.length}`
      : `${said.kind}${value ? ` ${value.length}` : ''}${flags}`
  const code = head.split(' ')[0] as string
  return {
    bytes: Buffer.concat([
      Buffer.from(`${head}\r\n`),
      ...(value ? [value, Buffer.from('\r\n')] : []),
    ]),
    reply: {
      code,
      opaque,
      cas,
      line: code.length > 2 ? head : '',
      ...(value && { value: [...value] }),
    },
  }
}

/** All replies, as far as the reader comes. */
function understood(pieces: readonly Buffer[]): { replies: unknown[]; error: string | undefined } {
  const replies: unknown[] = []
  const reader = new ReplyReader(({ value, ...reply }) =>
    replies.push({ ...reply, ...(value && { value: [...value] }) }),
  )
  try {
    for (const piece of pieces) reader.feed(piece)
    return { replies, error: undefined }
  } catch (error) {
    return { replies, error: String(error) }
  }
}

function inPieces(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort(
    (a, b) => a - b,
  )
  return places.map((end, i) => bytes.subarray(i === 0 ? 0 : places[i - 1], end))
}

describe('the replies of a server', () => {
  test('are the same wherever what it sends is cut', () => {
    fc.assert(
      fc.property(fc.array(replyArbitrary, { maxLength: 8 }), fc.array(fc.nat()), (all, cuts) => {
        const said = all.map(spoken)
        const bytes = Buffer.concat(said.map((one) => one.bytes))
        const expected = { replies: said.map(({ reply }) => reply), error: undefined }
        expect(understood(inPieces(bytes, cuts))).toEqual(expected)
      }),
      { numRuns: 1000 },
    )
  })

  test('come to the same end, good or bad, wherever garbage is cut', () => {
    const garbage = fc
      .tuple(
        fc.array(replyArbitrary, { minLength: 1, maxLength: 4 }),
        fc.array(fc.tuple(fc.nat(), fc.constantFrom(0, 10, 13, 32, 48, 79, 86, 255))),
      )
      .map(([all, damage]) => {
        const bytes = Buffer.concat(all.map((one) => spoken(one).bytes))
        for (const [at, byte] of damage) bytes[at % bytes.length] = byte
        return bytes
      })
    fc.assert(
      fc.property(garbage, fc.array(fc.nat()), (bytes, cuts) => {
        const whole = understood([bytes])
        const cut = understood(inPieces(bytes, cuts))
        expect(cut).toEqual(whole)
      }),
      { numRuns: 1000 },
    )
  })

  test.each([
    ['a number that is none', 'VA x O1\r\n'],
    ['an opaque number that is none', 'HD Ox\r\n'],
    ['no length', 'VA\r\n'],
    ['a length beyond all bounds', 'VA 99999999999 O1\r\n'],
    ['a line that ends in LF alone', 'HD O1\n'],
    ['an empty line', '\n'],
    ['a value that goes on', 'VA 2 O1\r\nabc\r\n'],
    ['a value that ends in LF alone', 'VA 2 O1\r\nabc\n'],
    ['a line without an end', 'x'.repeat(10_000)],
  ])('are refused for %s', (_, text) => {
    expect(understood([Buffer.from(text)]).error).toMatch(/^Error: /)
  })
})

describe('items', () => {
  const keyArbitrary = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 300 }),
    fc.string({ minLength: 1, maxLength: 300 }),
    fc.constantFrom('\ud800', '\ufffd', 'sha256:', `sha256:${'0'.repeat(64)}`, ' ', 'a b', 'é'),
  )

  test('have keys that the protocol can carry, different for different keys', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(keyArbitrary, { minLength: 2 }),
        fc.constantFrom('ascii' as const, 'any' as const),
        (keys, kind) => {
          const items = keys.map((key) => itemKey(key, kind))
          for (const item of items) {
            if (kind === 'any' && !/^[!-~]*$/.test(item)) {
              expect(Buffer.from(item).toString('utf8')).toBe(item)
              expect(Buffer.from(item).toString('base64').length).toBeLessThanOrEqual(250)
            } else expect(item).toMatch(/^[!-~]{1,250}$/)
          }
          expect(new Set(items).size).toBe(keys.length)
          // A hash is no key that somebody may choose.
          for (const item of items)
            if (!keys.includes(item)) expect(itemKey(item, kind)).not.toBe(item)
        },
      ),
      { numRuns: 500 },
    )
  })

  test('are answered up to the last instant, and not by anybody who put something else there', () => {
    fc.assert(
      fc.property(
        fc.uint8Array(),
        fc.double({ noNaN: true, min: -1e15 }),
        fc.double({ noNaN: true, noDefaultInfinity: true, min: 0, max: 1e15 }),
        (value, expiresAt, now) => {
          const found = unsealed(sealed({ key: 'k', value, expiresAt }), now)
          expect(found && [...found]).toEqual(expiresAt > now ? [...value] : undefined)
        },
      ),
    )
    expect(unsealed(new Uint8Array(7), 0)).toBeUndefined()
    expect(unsealed(new Uint8Array(8).fill(255), 0)).toBeUndefined()
  })

  test('are kept by the server until they have expired, and forgotten soon after', () => {
    const now = 1_800_000_000_000
    const beyond = (2 ** 31 - 1) * 1000
    fc.assert(
      fc.property(
        fc.oneof(fc.double({ min: now + 0.001, max: beyond, noNaN: true }), fc.constant(Infinity)),
        (at) => {
          const expiry = expiryOf(at, now)
          expect(Number.isInteger(expiry) && expiry >= 0 && expiry < 2 ** 31).toBe(true)
          if (expiry === 0) expect(at).toBeGreaterThan(beyond - 3000)
          else {
            // A delay of n seconds may end a second early.
            const ends = expiry <= 2_592_000 ? now + (expiry - 1) * 1000 : expiry * 1000
            expect(ends).toBeGreaterThanOrEqual(at)
            expect(ends).toBeLessThan(at + 3000)
          }
        },
      ),
    )
  })
})
