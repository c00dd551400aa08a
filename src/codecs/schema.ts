import type { Codec } from '../contracts/codec.ts'
import { CodecError } from '../kernel/errors.ts'
import { invalid } from '../kernel/expect.ts'
import { guarded } from './guarded.ts'
import { showPath } from './value-path.ts'

/** The part of a Standard Schema (https://standardschema.dev, version 1) that is used here. */
export interface StandardSchema {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult | Promise<SchemaResult>
  }
}

/** The value as the schema has it, or what it has against it. */
export type SchemaResult =
  | { readonly value: unknown; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] }

/** What a schema has against a value. */
export interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/**
 * Holds values against a schema when they are written and again when they are read, so that one of an
 * old shape is a miss. A read answers what the schema answers: members it fills in are there, members
 * it strips are not. The schema has to accept its own answers, and to be synchronous.
 *
 * The bytes, and so the id, are those of `codec`: a schema can be added, changed and removed without
 * losing what is cached.
 */
export function validated(codec: Codec, schema: StandardSchema): Codec {
  const standard = schema?.['~standard']
  if (standard?.version !== 1 || typeof standard.validate !== 'function') {
    throw invalid('schema', 'a Standard Schema, version 1', schema)
  }
  const validate = (value: unknown) =>
    guarded('The schema failed', () => accepted(standard.validate(value)))
  return {
    id: codec.id,
    name: `validated(${codec.name})`,
    encode(value, key) {
      validate(value)
      return codec.encode(value, key)
    },
    decode: (bytes, key) => validate(codec.decode(bytes, key)),
  }
}

function accepted(result: SchemaResult | Promise<SchemaResult>): unknown {
  if ('then' in result) {
    // Nobody waits for it, so nobody else would catch its failure.
    result.then(undefined, () => {})
    throw new CodecError('The schema is asynchronous, which a codec cannot be')
  }
  if (!result.issues) return result.value
  const [issue] = result.issues
  const path = (issue?.path ?? []).map(stepOf)
  throw new CodecError(`The schema refuses ${showPath(path, path.length)}: ${issue?.message}`)
}

function stepOf(step: PropertyKey | { readonly key: PropertyKey }): string | number {
  const key = typeof step === 'object' ? step.key : step
  return typeof key === 'symbol' ? String(key) : key
}
