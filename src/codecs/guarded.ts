import { CodecError } from '../kernel/errors.ts'

/** Takes one step of a codec: whatever goes wrong in it comes out as a `CodecError`. */
export function guarded<T>(failure: string, step: () => T): T {
  try {
    return step()
  } catch (error) {
    throw error instanceof CodecError ? error : new CodecError(failure, { cause: error })
  }
}
