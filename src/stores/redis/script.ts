import { createHash } from 'node:crypto'

export interface Script {
  readonly text: string
  /** By which the server knows the script after it has run it once. */
  readonly name: string
}

export function script(text: string): Script {
  return { text, name: createHash('sha1').update(text).digest('hex') }
}
