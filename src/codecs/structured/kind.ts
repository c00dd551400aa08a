import type { StructuredInput } from './input.ts'
import type { StructuredOutput } from './output.ts'

/** How instances of one built-in class are written and read. */
export interface Kind {
  /** What the value begins with in the bytes. */
  readonly tag: number
  readonly name: string
  /** Of the instances; `undefined` where the runtime does not have the class. */
  readonly prototype: object | undefined
  /** Whether an instance with enumerable members of its own is refused, since they would be lost. */
  readonly bare: boolean
  /** Throws a `TypeError` where `value` is not what its prototype says. */
  write(to: KindWriter, value: object, depth: number): void
  /** Gives the new object to `from.begin` before it reads the objects inside. */
  read(from: KindReader, depth: number): object
}

/** What the encoder is to a kind; `depth` is how many containers are around the value. */
export interface KindWriter {
  readonly output: StructuredOutput
  write(value: unknown, depth: number): void
  /** As `write`, for what `step` leads to from a value at `depth`. */
  writeStep(step: string | number, value: unknown, depth: number): void
  /** As `writeStep`, for a member of `object`. */
  writeMember(object: object, name: string, depth: number): void
}

/** What the decoder is to a kind. */
export interface KindReader {
  readonly input: StructuredInput
  read(depth: number): unknown
  /** Gives the object the next number. */
  begin<T extends object>(object: T): T
}
