import { expect, test } from 'vitest'
import { jsonCodec } from '../../src/codecs/json.ts'
import { decodeWrite, encodeWrite, type WriteRecord } from '../../src/core/writing/write-record.ts'
import { readSegment, recordFrame, releaseFrame, segmentFrame } from '../../src/logs/file/frames.ts'

/** Logs outlive the version that wrote them: these bytes are never written anew. */
const segment =
  '0a000000000190db885916000000010000000000001c40736576656e34a3c0c0190000000200000000000018400000000000001c406f4334bb'
const written =
  '48535731000100008056febc78420a6170706c6524303031313232333334343535363637372d31005b226170706c65222c7b22636f756e74223a337d5d7b2d6b99'

const write: WriteRecord<string, object> = {
  kind: 'save',
  key: 'apple',
  id: 'apple',
  value: { count: 3 },
  idempotencyKey: '0011223344556677-1',
  since: 1_700_000_000_000,
  reason: '',
}

test('a segment is read and written as ever', () => {
  const frames = [segmentFrame(), recordFrame(7, Buffer.from('seven')), releaseFrame([6, 7])]
  expect(Buffer.concat(frames).toString('hex')).toBe(segment)
  const { records, released, end } = readSegment(Buffer.from(segment, 'hex'))
  expect([...records].map(([number, bytes]) => [number, `${bytes}`])).toEqual([[7, 'seven']])
  expect({ released, end }).toEqual({ released: [6, 7], end: 'complete' })
})

test('a write is read and written as ever', () => {
  expect(Buffer.from(encodeWrite(jsonCodec, write)).toString('hex')).toBe(written)
  expect(decodeWrite(jsonCodec, Buffer.from(written, 'hex'))).toEqual(write)
})

test('bytes that are no write, or of another codec, are refused', () => {
  const bytes = Buffer.from(written, 'hex')
  for (let at = 0; at < bytes.length; at++) {
    const damaged = Buffer.from(bytes)
    damaged.writeUInt8((damaged[at] as number) ^ 1, at)
    expect(() => decodeWrite(jsonCodec, damaged)).toThrow('no write')
    expect(() => decodeWrite(jsonCodec, bytes.subarray(0, at))).toThrow('no write')
  }
  expect(() => decodeWrite({ ...jsonCodec, id: 99 }, bytes)).toThrow('codec')
})
