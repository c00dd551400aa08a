import { CodecError } from '../../kernel/errors.ts'
import { errorKinds } from './errors.ts'
import type { Kind } from './kind.ts'
import { viewKinds } from './views.ts'

const dateKind: Kind = {
  tag: 0x10,
  name: 'Date',
  prototype: Date.prototype,
  bare: true,
  write: (to, date: Date) => to.output.double(date.getTime()),
  read: (from) => from.begin(new Date(from.input.double())),
}

const regExpKind: Kind = {
  tag: 0x11,
  name: 'RegExp',
  prototype: RegExp.prototype,
  bare: true,
  write(to, regExp: RegExp) {
    to.output.text(regExp.source)
    to.output.text(regExp.flags)
    to.output.double(regExp.lastIndex)
  },
  read(from) {
    const regExp = new RegExp(from.input.text(), from.input.text())
    regExp.lastIndex = from.input.double()
    return from.begin(regExp)
  },
}

const mapKind: Kind = {
  tag: 0x12,
  name: 'Map',
  prototype: Map.prototype,
  bare: true,
  write(to, map: Map<unknown, unknown>, depth) {
    // A snapshot: the `encode` of a registered class could change the map meanwhile.
    const entries = [...map]
    to.output.varint(entries.length)
    let i = 0
    for (const [key, value] of entries) {
      to.writeStep(i, key, depth)
      to.writeStep(i++, value, depth)
    }
  },
  read(from, depth) {
    const map = from.begin(new Map<unknown, unknown>())
    for (let left = from.input.count(); left > 0; left--) {
      map.set(from.read(depth + 1), from.read(depth + 1))
    }
    return map
  },
}

const setKind: Kind = {
  tag: 0x13,
  name: 'Set',
  prototype: Set.prototype,
  bare: true,
  write(to, set: Set<unknown>, depth) {
    const elements = [...set]
    to.output.varint(elements.length)
    let i = 0
    for (const element of elements) to.writeStep(i++, element, depth)
  },
  read(from, depth) {
    const set = from.begin(new Set<unknown>())
    for (let left = from.input.count(); left > 0; left--) set.add(from.read(depth + 1))
    return set
  },
}

const urlKind: Kind = {
  tag: 0x14,
  name: 'URL',
  prototype: URL.prototype,
  bare: true,
  write: (to, url: URL) => to.output.text(url.href),
  read: (from) => from.begin(new URL(from.input.text())),
}

const arrayBufferKind: Kind = {
  tag: 0x15,
  name: 'ArrayBuffer',
  prototype: ArrayBuffer.prototype,
  bare: true,
  write: (to, buffer: ArrayBuffer) => to.output.raw(new Uint8Array(buffer)),
  read: (from) => from.begin(from.input.raw()),
}

/** Objects around a primitive, as `new Number(1)`. */
function boxKind(
  tag: number,
  box: NumberConstructor | StringConstructor | BooleanConstructor | BigIntConstructor,
): Kind {
  const { name, prototype } = box
  return {
    tag,
    name,
    prototype,
    // A String has its characters for members.
    bare: box !== String,
    write: (to, value, depth) => to.write(Reflect.apply(prototype.valueOf, value, []), depth),
    read(from, depth) {
      const primitive = from.read(depth + 1)
      const boxed = Object(primitive)
      if (boxed === primitive || Object.getPrototypeOf(boxed) !== prototype) {
        throw new CodecError(`The bytes hold a ${name} around something else`)
      }
      return from.begin(boxed)
    },
  }
}

const kinds: readonly Kind[] = [
  dateKind,
  regExpKind,
  mapKind,
  setKind,
  urlKind,
  arrayBufferKind,
  boxKind(0x16, Number),
  boxKind(0x17, String),
  boxKind(0x18, Boolean),
  boxKind(0x19, BigInt),
  ...errorKinds,
  ...viewKinds,
]

export const kindOfTag: ReadonlyMap<number, Kind> = new Map(kinds.map((kind) => [kind.tag, kind]))

export const kindOfPrototype: ReadonlyMap<object, Kind> = new Map(
  kinds.flatMap((kind) => (kind.prototype ? [[kind.prototype, kind] as const] : [])),
)
