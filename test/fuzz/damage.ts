import fc from 'fast-check'
import { checksum } from '../../src/kernel/checksum.ts'

/** Each byte changed to each other value, one at a time; the same array is handed out again and again. */
export function* everyByteChanged(bytes: Uint8Array): Generator<Uint8Array> {
  const damaged = bytes.slice()
  for (const [at, byte] of bytes.entries()) {
    for (let change = 1; change < 256; change++) {
      damaged[at] = byte ^ change
      yield damaged
    }
    damaged[at] = byte
  }
}

export function* everyTruncation(bytes: Uint8Array): Generator<Uint8Array> {
  for (let length = 0; length < bytes.length; length++) yield bytes.subarray(0, length)
  for (let from = 1; from < bytes.length; from++) yield bytes.subarray(from)
}

/** One byte more, of every value at every place, and zeros or the bytes themselves added behind. */
export function* everyExtension(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at <= bytes.length; at++) {
    for (let byte = 0; byte < 256; byte++) {
      yield Uint8Array.from([...bytes.subarray(0, at), byte, ...bytes.subarray(at)])
    }
  }
  for (let more = 2; more <= 64; more++) yield Uint8Array.from([...bytes, ...new Uint8Array(more)])
  for (let more = 2; more <= bytes.length; more++) {
    yield Uint8Array.from([...bytes, ...bytes.subarray(-more)])
  }
}

/** Several things at once happen to the bytes: writes, cuts, insertions and exchanged parts. */
export function damaged(bytes: Uint8Array): fc.Arbitrary<Uint8Array> {
  const place = fc.nat(bytes.length)
  const blow = fc.oneof(
    fc.record({ do: fc.constant('write'), from: place, bytes: fc.uint8Array({ maxLength: 12 }) }),
    fc.record({ do: fc.constant('insert'), from: place, bytes: fc.uint8Array({ maxLength: 12 }) }),
    fc.record({ do: fc.constant('cut'), from: place, length: fc.nat(12) }),
    fc.record({
      do: fc.constant('exchange'),
      from: place,
      length: fc.integer({ min: 1, max: 12 }),
    }),
  )
  return fc.array(blow, { minLength: 1, maxLength: 4 }).map((blows) => {
    let result = [...bytes]
    for (const blow of blows) {
      const { from } = blow
      if ('bytes' in blow) {
        result.splice(from, blow.do === 'write' ? blow.bytes.length : 0, ...blow.bytes)
      } else {
        const part = result.splice(from, blow.length)
        if (blow.do === 'exchange') result = [...part, ...result]
      }
    }
    return Uint8Array.from(result)
  })
}

/** The bytes with a right checksum in the place of the last four. */
export function sealed(bytes: Uint8Array): Uint8Array {
  const result = Uint8Array.from(bytes)
  const end = Math.max(0, result.length - 4)
  if (result.length > 4) new DataView(result.buffer).setUint32(end, checksum(result, end), true)
  return result
}

export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0
}
