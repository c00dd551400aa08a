import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseTrace, type Trace, type TraceOptions, traceOf } from '../../src/simulator/index.ts'

/** An access: which of a few keys, and what it weighs. */
interface Access {
  readonly key: number
  readonly weight: number
}

interface Written {
  readonly file: string
  readonly bytes: Buffer
  readonly options?: TraceOptions
  readonly weighed: boolean
}

const accesses = fc.array(
  fc.record({
    key: fc.integer({ min: 0, max: 40 }),
    weight: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
  }),
  { maxLength: 60 },
)
const newline = fc.constantFrom('\n', '\r\n', '\n\n', '\n \t\n')

/** Keys that look like each other in every way a reader may mistake. */
const names = (key: number) =>
  [`k${key}`, String(key), `0${key}`, `é€${key}`, `a key ${key}`, `${key}e3`][key % 6] as string

function lines(end: string, last: boolean, rows: readonly string[]): Buffer {
  return Buffer.from(rows.join(end) + (last && rows.length > 0 ? end : ''))
}

/** Every format as a writer: the reader must give back what it was given. */
const writers: Readonly<
  Record<string, (all: readonly Access[], end: string, last: boolean) => Written>
> = {
  keys: (all, end, last) => ({
    file: 'folder/some.txt',
    bytes: lines(
      end,
      last,
      all.map(({ key }) => names(key)),
    ),
    weighed: false,
  }),
  sized: (all, end, last) => ({
    file: 'some.sized',
    bytes: lines(
      end,
      last,
      all.map(({ key, weight }) => `${names(key)} ${weight}`),
    ),
    weighed: true,
  }),
  'hotset, hashed': (all, end, last) => ({
    file: 'some',
    bytes: lines(end, last, [
      '# hotset trace 1',
      ...all.flatMap(({ key, weight }) => [`${(key + 1e12).toString(16)} ${weight}`, '# a word']),
    ]),
    weighed: true,
  }),
  'hotset, plain': (all, end, last) => ({
    file: 'some.log',
    bytes: lines(end, last, [
      '# hotset trace 1',
      ...all.map(({ key }) => JSON.stringify(`${key}" \\ \n${'\ud800'}`)),
    ]),
    weighed: false,
  }),
  'csv with a header': (all, end, last) => ({
    file: 'some.csv',
    bytes: lines(end, last, [
      'time;size;key',
      ...all.map(({ key, weight }, i) => `${i};${weight};"${names(key)};""quoted"""`),
    ]),
    weighed: true,
  }),
  'csv by number': (all, end, last) => ({
    file: 'some.dat',
    bytes: lines(
      end,
      last,
      all.map(({ key, weight }, i) => `${i}\t${names(key)}\t${weight}`),
    ),
    options: { key: 2, size: '3' },
    weighed: true,
  }),
  twitter: (all, end, last) => ({
    file: 'cluster1',
    bytes: lines(
      end,
      last,
      all.flatMap(({ key, weight }) => [
        `1,${names(key)},0,${weight},7,get,0`,
        `1,${names(key + 1)},0,1,7,set,60`,
      ]),
    ),
    weighed: true,
  }),
  arc: (all, end, last) => ({
    file: 'some.lis',
    bytes: lines(
      end,
      last,
      all.map(({ key }, i) => `${key * 7} 1 0 ${i}`),
    ),
    weighed: false,
  }),
  'oracle-general': (all) => ({
    file: 'some.oracleGeneral.bin',
    bytes: Buffer.concat(all.map((access, i) => oracleRecord(i, access))),
    weighed: true,
  }),
}

function oracleRecord(time: number, { key, weight }: Access): Buffer {
  const record = Buffer.alloc(24)
  record.writeUInt32LE(time, 0)
  // Alike in the lower half, in the upper half, and greater than a number can tell.
  record.writeBigUInt64LE(BigInt(key) << ([0n, 32n, 55n][key % 3] as bigint), 4)
  record.writeUInt32LE(weight, 12)
  record.writeBigInt64LE(-1n, 16)
  return record
}

async function* chunked(bytes: Buffer, lengths: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0
  for (let i = 0; at < bytes.length; i++) {
    const length = lengths[i % lengths.length] ?? bytes.length
    yield bytes.subarray(at, at + length)
    at += length
  }
}

function content({ keys, unique, weights }: Trace): object {
  return { keys: [...keys], unique, weights: weights && [...weights] }
}

function expected(all: readonly Access[], weighed: boolean): object {
  const { keys, unique } = traceOf(
    '',
    all.map(({ key }) => key),
  )
  const last = new Map(all.map(({ key, weight }) => [key, weight]))
  const inOrder = [...new Set(all.map(({ key }) => key))].map((key) => last.get(key))
  return { keys: [...keys], unique, weights: weighed && all.length > 0 ? inOrder : undefined }
}

for (const [name, write] of Object.entries(writers)) {
  test(`${name}: what was written is read, in whatever chunks, compressed or not`, async () => {
    await fc.assert(
      fc.asyncProperty(
        accesses,
        newline,
        fc.boolean(),
        fc.boolean(),
        fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 5 }),
        async (all, end, last, compress, lengths) => {
          const { file, bytes, options, weighed } = write(all, end, last)
          const stored = compress ? gzipSync(bytes) : bytes
          const trace = await parseTrace(file, chunked(stored, lengths), options)
          expect(content(trace)).toEqual(expected(all, weighed))
        },
      ),
      { examples: [[[], '\n', false, false, [1]]] },
    )
  })
}

test('damaged bytes are told, or read as something: nothing else is thrown', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...Object.values(writers)),
      accesses,
      fc.uint8Array({ maxLength: 30 }),
      fc.nat(),
      fc.boolean(),
      async (write, all, damage, where, compress) => {
        const { file, bytes, options } = write(all, '\n', true)
        const stored = compress ? gzipSync(bytes) : bytes
        const at = where % (stored.length + 1)
        const damaged = Buffer.concat([stored.subarray(0, at), damage, stored.subarray(at + 3)])
        await parseTrace(file, chunked(damaged, [17]), options).catch((error) => {
          expect(error).toMatchObject({ code: 'ERR_CACHE_TRACE', file })
        })
      },
    ),
  )
})
