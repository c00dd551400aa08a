import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { readTrace } from '../../src/simulator/read-trace.ts'
import { openTrace } from '../../src/simulator/trace-writer.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const keys = ['a', 'b c', 'a', '"\n#é\u2028', '\ud800', '\ud801', 'abc']
const weights = keys.map(() => undefined)

test('plain keys are JSON strings, one a line', async () => {
  const file = join(temporaryDirectory(), 'trace')
  const sink = await openTrace(file, 'plain')
  await sink.write({ keys: ['a', '"\n'], weights: [12, 0.5], dropped: 0 })
  await sink.write({ keys: ['b', 'c', 'd'], weights: [undefined, Number.NaN, 1e21], dropped: 3 })
  await sink.close()
  expect(readFileSync(file, 'utf8').split('\n')).toEqual([
    '# hotset trace 1',
    '"a" 12',
    '"\\"\\n" 0.500000',
    '"b"',
    '"c"',
    '"d" 1000000000000000000000',
    '# dropped 3',
    '',
  ])
})

test('hashed keys tell nothing but which are alike, and differ between recordings', async () => {
  const directory = temporaryDirectory()
  const [first, second] = await Promise.all(
    ['1', '2'].map(async (name) => {
      const sink = await openTrace(join(directory, name), 'hashed')
      await sink.write({ keys, weights, dropped: 0 })
      await sink.close()
      return readFileSync(join(directory, name), 'utf8').trim().split('\n').slice(1)
    }),
  )
  const lines = first as string[]
  for (const line of lines) expect(line).toMatch(/^[0-9a-f]{16}$/)
  expect(lines.map((line) => lines.indexOf(line))).toEqual([0, 1, 0, 3, 4, 5, 6])
  expect(second).not.toContain(lines[0])
})

test('the simulator reads what has been written, compressed or not, and before the end too', async () => {
  for (const mode of ['plain', 'hashed'] as const) {
    for (const name of [`${mode}.trace`, `${mode}.gz`]) {
      const file = join(temporaryDirectory(), name)
      const sink = await openTrace(file, mode)
      const many = Array.from({ length: 10_000 }, (_, i) => keys[i % keys.length] as string)
      await sink.write({ keys: many, weights: many.map((key) => key.length), dropped: 2 })
      await sink.write({ keys: ['last'], weights: [7], dropped: 0 })
      const trace = await readTrace(file)
      await sink.close()
      expect(trace.unique).toBe(7)
      expect([...trace.keys.subarray(0, 7)]).toEqual([0, 1, 0, 2, 3, 4, 5])
      expect(trace.keys.length).toBe(10_001)
      expect([...(trace.weights as Float64Array)]).toEqual([1, 3, 5, 1, 1, 3, 7])
    }
  }
})

test('compressed files are gzip', async () => {
  const file = join(temporaryDirectory(), 'trace.gz')
  const sink = await openTrace(file, 'plain')
  await sink.write({ keys: ['a'], weights: [undefined], dropped: 0 })
  await sink.close()
  expect(gunzipSync(readFileSync(file)).toString()).toBe('# hotset trace 1\n"a"\n')
})

test('a file that is there stays as it is', async () => {
  const file = join(temporaryDirectory(), 'trace')
  await (await openTrace(file, 'plain')).close()
  await expect(openTrace(file, 'plain')).rejects.toMatchObject({ code: 'EEXIST' })
  expect(readFileSync(file, 'utf8')).toBe('# hotset trace 1\n')
})
