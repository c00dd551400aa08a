import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FrameReader } from '../../src/kernel/frame-reader.ts'
import { FrameWriter } from '../../src/kernel/frame-writer.ts'

const field = fc.oneof(
  fc.record({ kind: fc.constant('uint8' as const), value: fc.nat(255) }),
  fc.record({ kind: fc.constant('float64' as const), value: fc.double({ noNaN: true }) }),
  fc.record({
    kind: fc.constant('text' as const),
    value: fc.string({ unit: 'binary', maxLength: 300 }),
  }),
  fc.record({
    kind: fc.constant('raw' as const),
    value: fc.uint8Array({ minLength: 8, maxLength: 8 }),
  }),
)

test('what is written is read, however much it is, by a writer that begins small', () => {
  fc.assert(
    fc.property(fc.array(field, { maxLength: 200 }), (fields) => {
      const writer = new FrameWriter()
      writer.begin(1)
      for (const one of fields) {
        if (one.kind === 'uint8') writer.uint8(one.value)
        else if (one.kind === 'float64') writer.float64(one.value)
        else if (one.kind === 'text') writer.text(one.value)
        else writer.raw(one.value)
      }
      const reader = new FrameReader(writer.finish())
      reader.uint32()
      for (const one of fields) {
        const read = one.kind === 'raw' ? reader.raw(8) : reader[one.kind]()
        expect(read).toEqual(one.value)
      }
      expect(reader.finished).toBe(true)
    }),
  )
})
