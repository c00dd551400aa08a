import { netstring } from './netstring.ts'

/** How many shapes are remembered, of how many names at most, and how long these may be. */
const mostShapes = 1000
const mostNames = 32
const longestName = 64

/** The names of an object's properties in order, each as a structural key has it: ` 4:name=`. */
export interface WrittenNames {
  readonly names: readonly string[]
  readonly assignments: readonly string[]
}

/** Names that objects have one after the other. */
interface Shape {
  /** With one more name. */
  readonly next: Map<string, Shape>
  written: WrittenNames | undefined
}

const root: Shape = { next: new Map(), written: undefined }
let shapes = 0

/** Objects of the same shape come again and again: their names are sorted and written once. */
export function writtenNames(names: readonly string[]): WrittenNames {
  if (names.length > mostNames) return write(names)
  let shape = root
  for (let index = 0; index < names.length; index++) {
    const name = names[index] as string
    const known = shape.next.get(name)
    if (known !== undefined) shape = known
    else if (name.length > longestName) return write(names)
    else shape = oneMore(shape, name)
  }
  shape.written ??= write(names)
  return shape.written
}

function oneMore({ next }: Shape, name: string): Shape {
  if (shapes === mostShapes) {
    root.next.clear()
    shapes = 0
  }
  shapes++
  const shape: Shape = { next: new Map(), written: undefined }
  next.set(name, shape)
  return shape
}

function write(names: readonly string[]): WrittenNames {
  const sorted = names.toSorted()
  return { names: sorted, assignments: sorted.map((name) => ` ${netstring(name)}=`) }
}
