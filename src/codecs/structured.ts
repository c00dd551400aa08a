import type { Codec } from '../contracts/codec.ts'
import { expectOptions } from '../kernel/expect.ts'
import { guarded } from './guarded.ts'
import { classTable, type RegisteredClass } from './structured/classes.ts'
import { StructuredDecoder } from './structured/decoder.ts'
import { StructuredEncoder } from './structured/encoder.ts'

/** Which classes it may build. */
export interface StructuredOptions<T = Record<string, unknown>> {
  /**
   * Classes of the application whose instances may be kept, by a name that stays when the class is
   * renamed. @default none
   */
  readonly classes?: { readonly [K in keyof T]: RegisteredClass<T[K]> } | undefined
}

const known = new Set(['classes'])

/**
 * A compact binary format that keeps what JSON loses: `undefined`, every number, bigint and string,
 * Date, RegExp, Map, Set, Error and its built-in subclasses, URL, ArrayBuffer, typed arrays, DataView,
 * Buffer, boxed primitives, arrays with holes or named members, objects without a prototype, cycles,
 * and one object met twice as one. `structured/format.ts` says what the bytes are.
 *
 * Anything else is a `CodecError` that names the place: functions, symbols, accessors, hidden members,
 * instances of other classes, and what is nested more than 256 deep. Not kept, as no part of the value:
 * that an object is frozen, the buffer around a view, members of a view or a boxed string, and hidden
 * members of other built-in objects.
 *
 * Decoding runs no code but the `decode` of registered classes. In V8 a string of a decoded value may
 * be a slice that keeps the text of the whole value alive.
 */
export function structuredCodec<T>(options: StructuredOptions<T> = {}): Codec {
  expectOptions('structuredCodec()', options, known)
  const classes = classTable(options.classes ?? {})
  return {
    id: 2,
    name: 'structured',
    counts: true,
    encode: (value) =>
      guarded('The value cannot be encoded', () => new StructuredEncoder(classes).encode(value)),
    decode: (bytes) =>
      guarded('The bytes cannot be decoded', () => new StructuredDecoder(bytes, classes).decode()),
  }
}
