import type { Codec } from '../contracts/codec.ts'
import { CodecError } from '../kernel/errors.ts'

/**
 * The rule for codecs around codecs: their bytes carry the id of the one inside, so that nested ones
 * spell out the whole arrangement, and a reader arranged otherwise stops at the first id that differs.
 */
export function expectInnerId(codec: Codec, id: number | undefined): void {
  if (id === codec.id) return
  throw new CodecError(`The bytes are for codec ${id}, and ${codec.name} is codec ${codec.id}`)
}
