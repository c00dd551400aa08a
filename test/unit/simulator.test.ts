import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import {
  hitRatioSvg,
  parseTrace,
  policyNames,
  readTrace,
  type SimulationResult,
  simulate,
  type TraceOptions,
  traceFormats,
  traceOf,
} from '../../src/simulator/index.ts'
import { traceName } from '../../src/simulator/read-trace.ts'
import { temporaryDirectory } from './temporary-directory.ts'

async function* once(text: string | Uint8Array): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

async function keysOf(text: string, options?: TraceOptions, file = 'trace'): Promise<number[]> {
  return [...(await parseTrace(file, once(text), options)).keys]
}

describe('traces', () => {
  test.each([
    ['/a/b/oltp.gz', 'oltp'],
    ['adaptsize-cdn.sized.gz', 'adaptsize-cdn'],
    ['2_pools', '2_pools'],
    ['w106.oracleGeneral.bin.gz', 'w106'],
    ['.gz', '.gz'],
    ['a.b.csv', 'a.b'],
  ])('%s is called %s', (file, name) => {
    expect(traceName(file)).toBe(name)
  })

  test('an empty file is a trace without accesses', async () => {
    for (const bytes of ['', '\n\r\n  \n', gzipSync('')]) {
      const trace = await parseTrace('t', once(bytes))
      expect(trace).toMatchObject({ unique: 0, weights: undefined })
      const [result] = await simulate(trace, { policies: ['lru'], sizes: ['5%'] })
      expect(result).toEqual({
        trace: 't',
        policy: 'lru',
        size: 1,
        requests: 0,
        hits: 0,
        hitRatio: 0,
      })
    }
  })

  test('keys are told apart as they are written', async () => {
    expect(await keysOf('1\n01\n1.0\n1e0\n+1\n 1 \n1')).toEqual([0, 1, 2, 3, 4, 0, 0])
    expect(await keysOf('9007199254740992\n9007199254740993')).toEqual([0, 1])
    expect(await keysOf('\ufeffa\na')).toEqual([0, 0])
    expect(await keysOf('a b\na c')).toEqual([0, 1])
  })

  test('a key weighs what was said last, and what is empty weighs 1', async () => {
    const trace = await parseTrace('t.sized', once('a 5\nb 0\na 7'))
    expect([...(trace.weights ?? [])]).toEqual([7, 1])
    const recorded = await parseTrace('t', once('# hotset trace 1\n"a"\n"b" 2.5\n# dropped 3'))
    expect([...(recorded.weights ?? [])]).toEqual([1, 2.5])
  })

  test('weights of many keys', async () => {
    const all = Array.from({ length: 10_000 }, (_, i) => i + 1)
    const trace = await parseTrace('t.sized', once(all.map((i) => `${i} ${i}`).join('\n')))
    expect([...(trace.weights ?? [])]).toEqual(all)
  })

  test('a recorded key is not taken for a hash', async () => {
    const text = '# hotset trace 1\n12\n"12"\n"\\u0031\\u0032"'
    expect(await keysOf(text)).toEqual([0, 1, 1])
  })

  test('a run of blocks is as many accesses', async () => {
    expect(await keysOf('7 3 0 1\n8 1 0 2', {}, 'P1.lis')).toEqual([0, 1, 2, 1])
  })

  test('columns of CSV', async () => {
    const named = 'time,URL,bytes\n1,/a,10\n2,/b,20'
    expect(await keysOf(named, { format: 'csv' })).toEqual([0, 1])
    expect(await keysOf(named, { key: 'time' })).toEqual([0, 1])
    expect(await keysOf('5,x\n5,y', {}, 't.csv')).toEqual([0, 0])
    expect(await keysOf('5,x\n5,y', { key: 2 })).toEqual([0, 1])
    expect(await keysOf('asset,n\n5,1\n5,1', { size: 2 })).toEqual([0, 0])
    expect(await keysOf('"a,b",1\n"a,c",1', { key: 1 })).toEqual([0, 1])
  })

  test.each<[string, string, TraceOptions | undefined, string, string]>([
    [
      'sized',
      'a 1\nb',
      {},
      't.sized',
      't.sized:2: Expected a key, a space and a size in digits, got "b"',
    ],
    [
      'sized, CRLF',
      '\r\na x\r\n',
      { format: 'sized' },
      't',
      't:2: Expected a key, a space and a size in digits, got "a x"',
    ],
    [
      'arc',
      '1 2 3',
      {},
      't.lis',
      't.lis:1: Expected four whole numbers: first block, number of blocks, ignored, request, got "1 2 3"',
    ],
    [
      'arc, long',
      '1 1000001 0 0',
      {},
      't.lis',
      't.lis:1: Expected at most 1,000,000 blocks a line, got "1 1000001 0 0"',
    ],
    [
      'hotset',
      '# hotset trace 1\nxyz',
      {},
      't',
      't:2: Expected a key as hexadecimal hash or JSON string, and perhaps a space and a weight, got "xyz"',
    ],
    [
      'hotset, later',
      '# hotset trace 2\n12',
      {},
      't',
      't:1: Expected the first line `# hotset trace 1`, got "# hotset trace 2"',
    ],
    ['csv, column', 'a,b\n1,2', { key: 'c' }, 't', 't:1: Expected a header with `c`, got "a,b"'],
    ['csv, fields', 'a,b\n1', { key: 2 }, 't', 't:2: Expected at least 2 fields, got "1"'],
    [
      'csv, size',
      'k,1\nk,x',
      { size: 2 },
      't',
      't:2: Expected a size in digits in field 2, got "k,x"',
    ],
    [
      'csv, quotes',
      '"a\n',
      { format: 'csv' },
      't',
      't:1: Expected fields whose quotes end on the same line, got "\\"a"',
    ],
    [
      'twitter',
      '1,k,1,1,1,get,0\nx',
      {},
      't',
      't:2: Expected timestamp,key,key size,value size,client,operation,ttl, got "x"',
    ],
    [
      'oracle-general',
      'abc',
      { format: 'oracle-general' },
      't',
      't: Expected records of 24 bytes, got 3 bytes at the end',
    ],
  ])(
    '%s: a broken rule is told with file, line and text',
    async (_, text, options, file, message) => {
      await expect(parseTrace(file, once(text), options)).rejects.toThrow(
        expect.objectContaining({ name: 'TraceError', code: 'ERR_CACHE_TRACE', file, message }),
      )
    },
  )

  test('a line without end is refused before it fills memory, and its source is let go', async () => {
    let closed = false
    async function* endless() {
      try {
        for (;;) yield Buffer.alloc(2 ** 16, 'a')
      } finally {
        closed = true
      }
    }
    await expect(parseTrace('t', endless())).rejects.toThrow('t:1: Expected lines of at most 1 MiB')
    expect(closed).toBe(true)
  })

  test('files that cannot be read', async () => {
    const folder = temporaryDirectory()
    const file = (name: string, bytes: Uint8Array | string) => {
      writeFileSync(join(folder, name), bytes)
      return join(folder, name)
    }
    mkdirSync(join(folder, 'directory'))
    const whole = gzipSync('a\n'.repeat(10_000))
    const cut = file('cut.gz', whole.subarray(0, whole.length - 9))
    const damaged = file('damaged.gz', Buffer.concat([whole.subarray(0, -8), Buffer.alloc(8)]))
    await expect(readTrace(join(folder, 'none'))).rejects.toThrow(/none: There is no such file$/)
    await expect(readTrace(join(folder, 'directory'))).rejects.toThrow(/got a directory$/)
    await expect(readTrace(cut)).rejects.toThrow(/cut.gz: The gzip data ends too early$/)
    await expect(readTrace(damaged)).rejects.toThrow(/damaged.gz: The gzip data is damaged$/)
    const zstd = file('t.zst', Buffer.from('28b52ffd00000000', 'hex'))
    await expect(readTrace(zstd)).rejects.toThrow(/Expected gzip or no compression, got zstd$/)
  })

  test('progress is told in bytes as they are stored', async () => {
    const file = join(temporaryDirectory(), 't.gz')
    const bytes = gzipSync(Array.from({ length: 200_000 }, (_, i) => i * 7919).join('\n'))
    writeFileSync(file, bytes)
    const told: number[] = []
    await readTrace(file, { onProgress: (read, total) => told.push(read / total) })
    expect(told.length).toBeGreaterThan(1)
    expect(told.at(-1)).toBe(1)
  })
})

describe('simulate', () => {
  const trace = traceOf('t', ['a', 'b', 'a', 'c', 'a', 'b', 'd', 'a'])
  const rows = (results: readonly SimulationResult[]) =>
    results.map(({ policy, size, hits }) => `${policy} ${size} ${hits}`)

  test('answers by size, then by policy, each once', async () => {
    const results = await simulate(trace, {
      policies: ['lru', 'belady', 'lru'],
      sizes: ['50%', 1, 2, '100 %', '4'],
    })
    expect(rows(results)).toEqual([
      'lru 1 0',
      'belady 1 3',
      'lru 2 2',
      'belady 2 4',
      'lru 4 4',
      'belady 4 4',
    ])
    expect(results[2]).toEqual({
      trace: 't',
      policy: 'lru',
      size: 2,
      requests: 8,
      hits: 2,
      hitRatio: 0.25,
    })
  })

  test('shares are rounded, and at least 1', async () => {
    const many = traceOf(
      't',
      Array.from({ length: 70 }, (_, i) => i),
    )
    const results = await simulate(many, { policies: ['lru'], sizes: ['0.01%', '5%', '5.1%'] })
    expect(results.map(({ size }) => size)).toEqual([1, 4])
  })

  test('by weight, sizes are sums of weights', async () => {
    const sized = await parseTrace('t.sized', once('big 90\na 10\nb 10\nbig 90\na 10\nb 10'))
    const options = { policies: ['lru', 'belady'], byWeight: true }
    const results = await simulate(sized, { ...options, sizes: [20, '100%', '1kb'] })
    expect(rows(results)).toEqual([
      'lru 20 2',
      'belady 20 2',
      'lru 110 3',
      'belady 110 3',
      'lru 1024 3',
      'belady 1024 3',
    ])
    expect(results.map(({ byteHitRatio }) => byteHitRatio)).toEqual([
      20 / 220,
      20 / 220,
      ...Array(4).fill(0.5),
    ])
    const byEntries = await simulate(sized, { policies: ['lru'], sizes: [3] })
    expect(byEntries).toMatchObject([{ size: 3, hits: 3, byteHitRatio: 0.5 }])
  })

  test('the same seed gives the same result', async () => {
    const keys = Array.from({ length: 5_000 }, (_, i) => (i * i) % 611)
    const run = (seed: number) =>
      simulate(traceOf('t', keys), { policies: ['random', 'tinylfu'], sizes: [50], seed })
    expect(await run(7)).toEqual(await run(7))
    expect(await run(7)).not.toEqual(await run(8))
  })

  test('progress ends when all is done', async () => {
    const told: (readonly [number, number])[] = []
    await simulate(traceOf('t', Array(150_000).fill('k')), {
      policies: ['lru'],
      sizes: [1],
      onProgress: (done, total) => told.push([done, total]),
    })
    expect(told).toEqual([
      [131_072, 150_000],
      [150_000, 150_000],
    ])
  })

  test.each<[object, string]>([
    [{ policies: ['lrv'] }, `Unknown policy "lrv"; known are ${policyNames.join(', ')}`],
    [{ policies: [] }, 'Unknown policy ""'],
    [{ sizes: [] }, 'Expected `sizes` to be at least one size'],
    ...[0, '0', '0%', -1, 1.5, '1e3', '10k', '', '5 %%', Number.NaN, '1mb'].map(
      (size): [object, string] => [
        { sizes: [size] },
        'Expected `sizes` to be a whole number over 0',
      ],
    ),
    [{ sizes: ['1tb'], byWeight: true }, 'Expected `sizes` to be a number over 0'],
    [{ seed: -1 }, 'Expected `seed` to be a whole number from 0'],
    [{ threads: 0 }, 'Expected `threads` to be a whole number from 1'],
  ])('%j is refused', async (options, message) => {
    await expect(simulate(trace, options)).rejects.toThrow(message)
  })

  test('an unknown format names those that are known', async () => {
    await expect(parseTrace('t', once('a'), { format: 'zip' })).rejects.toThrow(
      `Unknown format "zip"; known are ${traceFormats.join(', ')}`,
    )
  })
})

describe('the picture', () => {
  const result = (
    policy: string,
    size: number,
    hitRatio: number,
    trace = 't',
  ): SimulationResult => ({
    trace,
    policy,
    size,
    requests: 1_000,
    hits: 1_000 * hitRatio,
    hitRatio,
  })

  test('has a panel a trace, a curve a policy, a dot a size', () => {
    const svg = hitRatioSvg(
      ['t<&"', 'u'].flatMap((trace) =>
        ['lru', 'belady'].flatMap((policy) =>
          [10, 100, 1_000].map((size, i) => result(policy, size, 0.1 * (i + 1), trace)),
        ),
      ),
    )
    expect(svg.match(/class="title"/g)).toHaveLength(2)
    expect(svg.match(/at 100: 20\.00 %/g)).toHaveLength(4)
    expect(svg).toContain('t&#60;&#38;&#34;')
    expect(svg).not.toMatch(/NaN|Infinity|undefined|<script|@import|url\(/)
  })

  test.each([
    ['nothing', []],
    ['one point', [result('lru', 5, 0.5)]],
    ['no hits at all', [result('lru', 5, 0), result('lru', 50, 0)]],
    ['all hits', [result('lru', 1, 1), result('lru', 10 ** 9, 1)]],
  ])('can be drawn of %s', (_, results) => {
    expect(hitRatioSvg(results)).not.toMatch(/NaN|Infinity|undefined/)
  })
})
