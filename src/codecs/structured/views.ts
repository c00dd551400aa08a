import { CodecError } from '../../kernel/errors.ts'
import type { Kind } from './kind.ts'

interface ViewClass {
  readonly prototype: ArrayBufferView
  new (buffer: ArrayBuffer): ArrayBufferView
}

/**
 * Of a view the elements are kept, not the buffer around them: 10 bytes of a pooled `Buffer` are 10
 * bytes. Views of one buffer come back with a buffer each.
 */
function viewKind(tag: number, name: string): Kind {
  const view: ViewClass | undefined = Reflect.get(globalThis, name)
  return {
    tag,
    name,
    prototype: view?.prototype,
    bare: false,
    write(to, { buffer, byteOffset, byteLength }: ArrayBufferView) {
      to.output.raw(new Uint8Array(buffer, byteOffset, byteLength))
    },
    read(from) {
      if (!view) throw new CodecError(`The bytes hold a ${name}, which this runtime does not have`)
      return from.begin(new view(from.input.raw()))
    },
  }
}

/** Taken from the runtime if it is there, so that this file runs anywhere. */
const buffer: { readonly prototype: object; from(buffer: ArrayBuffer): Uint8Array } | undefined =
  Reflect.get(globalThis, 'Buffer')

const bufferKind: Kind = {
  ...viewKind(0x3d, 'Uint8Array'),
  name: 'Buffer',
  prototype: buffer?.prototype,
  read(from) {
    const bytes = from.input.raw()
    return from.begin(buffer ? buffer.from(bytes) : new Uint8Array(bytes))
  },
}

export const viewKinds: readonly Kind[] = [
  viewKind(0x30, 'Int8Array'),
  viewKind(0x31, 'Uint8Array'),
  viewKind(0x32, 'Uint8ClampedArray'),
  viewKind(0x33, 'Int16Array'),
  viewKind(0x34, 'Uint16Array'),
  viewKind(0x35, 'Int32Array'),
  viewKind(0x36, 'Uint32Array'),
  viewKind(0x37, 'Float16Array'),
  viewKind(0x38, 'Float32Array'),
  viewKind(0x39, 'Float64Array'),
  viewKind(0x3a, 'BigInt64Array'),
  viewKind(0x3b, 'BigUint64Array'),
  viewKind(0x3c, 'DataView'),
  bufferKind,
]
