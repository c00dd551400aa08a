import type { Codec } from '../contracts/codec.ts'
import { CodecError } from '../kernel/errors.ts'
import { guarded } from './guarded.ts'
import { className, dataProperty, hasSymbolNames, maxDepth, memberNames } from './members.ts'
import { decodeUtf8, encodeUtf8 } from './utf8.ts'
import { showPath, type ValuePath } from './value-path.ts'

/**
 * JSON text in UTF-8, which any program can read. Encodes the values that come back from it deeply
 * equal; any other is a `CodecError`. An object that is met twice comes back as two.
 */
export const jsonCodec: Codec = {
  id: 1,
  name: 'json',
  counts: true,
  encode(value) {
    return guarded('The value cannot be written as JSON', () => {
      const path: ValuePath = []
      const obstacle = jsonObstacle(value, 'copied', path)
      if (obstacle === undefined) return encodeUtf8(JSON.stringify(value))
      const place = showPath(path, path.length)
      throw new CodecError(`JSON would not bring ${place} back as it is: it ${obstacle}`)
    })
  },
  decode(bytes) {
    return guarded('The bytes are no JSON text', () => JSON.parse(decodeUtf8(bytes)))
  },
}

/** Whether JSON brings the value back deeply equal: the same types, prototypes and members. */
export function isJsonSafe(value: unknown): boolean {
  return jsonObstacle(value, 'copied') === undefined
}

/** What becomes of an object that is met twice: JSON makes copies; `refused` reports it. */
type Sharing = 'copied' | 'refused'

interface Walk {
  readonly path: ValuePath
  readonly sharing: Sharing
  /** The objects around the current one; with `refused` all objects met so far. */
  readonly met: Set<object>
}

/**
 * Why JSON would not bring the value back as it is, as the end of a sentence: "is undefined". Nothing is
 * made on the way but the walk, so that asking is cheap; `path` is left at the place.
 */
export function jsonObstacle(
  value: unknown,
  sharing: Sharing,
  path: ValuePath = [],
): string | undefined {
  return obstacleIn(value, 0, { path, sharing, met: new Set() })
}

function obstacleIn(value: unknown, depth: number, walk: Walk): string | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return undefined
    case 'number':
      if (Number.isFinite(value) && !Object.is(value, -0)) return undefined
      return at(depth, walk, `is ${Object.is(value, -0) ? '-0' : value}`)
    case 'object':
      return value === null ? undefined : objectObstacle(value, depth, walk)
    case 'undefined':
      return at(depth, walk, 'is undefined')
    default:
      return at(depth, walk, `is a ${typeof value}`)
  }
}

function at(depth: number, walk: Walk, obstacle: string): string {
  walk.path.length = depth
  return obstacle
}

function objectObstacle(value: object, depth: number, walk: Walk): string | undefined {
  if (depth === maxDepth) return at(depth, walk, `is nested more than ${maxDepth} deep`)
  if (walk.met.has(value)) return at(depth, walk, 'is an object that was met before')
  walk.met.add(value)
  const prototype = Object.getPrototypeOf(value)
  let obstacle: string | undefined
  if (prototype === Object.prototype) obstacle = memberObstacle(value, depth, walk)
  else if (prototype === null) obstacle = at(depth, walk, 'is an object without a prototype')
  else if (prototype === Array.prototype && Array.isArray(value)) {
    obstacle = elementObstacle(value, depth, walk)
  } else obstacle = at(depth, walk, `is an instance of ${className(value)}`)
  if (walk.sharing === 'copied') walk.met.delete(value)
  return obstacle
}

function memberObstacle(object: object, depth: number, walk: Walk): string | undefined {
  const names = memberNames(object)
  if (!names) return at(depth, walk, 'has members that are hidden or have symbols for names')
  for (const name of names) {
    walk.path[depth] = name
    const property = dataProperty(object, name)
    if (!property) return at(depth + 1, walk, 'is an accessor')
    const obstacle = obstacleIn(property.value, depth + 1, walk)
    if (obstacle !== undefined) return obstacle
  }
  return undefined
}

function elementObstacle(array: readonly unknown[], depth: number, walk: Walk): string | undefined {
  if (Object.keys(array).length !== array.length || hasSymbolNames(array)) {
    return at(depth, walk, 'is an array with holes or named members')
  }
  for (let i = 0; i < array.length; i++) {
    walk.path[depth] = i
    const obstacle = obstacleIn(array[i], depth + 1, walk)
    if (obstacle !== undefined) return obstacle
  }
  return undefined
}
