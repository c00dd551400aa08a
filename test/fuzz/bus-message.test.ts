import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readMessage, writeMessage } from '../../src/core/behind/bus-message.ts'
import { sealed } from './damage.ts'
import { expectHardened } from './expect-hardened.ts'

const head = { origin: '0123456789abcdef', sequence: 300, cache: 'default' }
const samples: [name: string, bytes: Uint8Array][] = [
  ['a message of keys', writeMessage({ ...head, kind: 'keys', names: ['user:42', 'user:43'] })],
  ['a message of tags', writeMessage({ ...head, kind: 'tags', names: ['пользователи', ''] })],
  ['a message of a clear', writeMessage({ ...head, kind: 'clear', names: ['\0'] })],
  ['a sign of life', writeMessage({ ...head, kind: 'alive', names: [] })],
  ['a farewell', writeMessage({ ...head, kind: 'gone', names: [] })],
]

expectHardened(samples, readMessage, ({ sequence }) => {
  if (!Number.isSafeInteger(sequence)) expect.unreachable(`a message numbered ${sequence}`)
})

describe.each(samples)('%s whose damage was sealed', (_name, bytes) => {
  test('is not read when it is not ours, of another version, of an unknown kind, or goes on', () => {
    const kind = bytes[3] ?? 0
    const heads = [
      [0x48, 0x42, 1, 0],
      [0x48, 0x42, 1, 6],
      [0x48, 0x42, 0, kind],
      [0x48, 0x42, 2, kind],
      [0x48, 0x53, 1, kind],
    ]
    for (const head of heads) {
      const other = bytes.slice()
      other.set(head)
      expect(readMessage(sealed(other))).toBeUndefined()
    }
    expect(readMessage(sealed(bytes))).toBeDefined()
    expect(readMessage(sealed(Uint8Array.from([...bytes, 0])))).toBeUndefined()
  })
})

test('a number that no sequence can have is not read', () => {
  const prefix = [0x48, 0x42, 1, 1, 0]
  const suffix = [0, 0, 0, 0, 0, 0]
  const longest = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f]
  const message = (sequence: number[]) =>
    sealed(Uint8Array.from([...prefix, ...sequence, ...suffix]))
  expect(readMessage(message(longest))?.sequence).toBe(Number.MAX_SAFE_INTEGER)
  expect(readMessage(message([...longest.slice(0, 7), 0x10]))).toBeUndefined()
  expect(readMessage(message([...longest.slice(0, 7), 0x8f, 0]))).toBeUndefined()
})

test('arbitrary bytes are nothing', () => {
  const anything = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.uint8Array({ maxLength: 200 }).map((tail) => Uint8Array.from([0x48, 0x42, 1, 1, ...tail])),
  )
  fc.assert(
    fc.property(anything, (bytes) => {
      expect(readMessage(bytes)).toBeUndefined()
      readMessage(sealed(bytes))
    }),
    { numRuns: 20_000 },
  )
})
