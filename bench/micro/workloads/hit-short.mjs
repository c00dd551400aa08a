import { shortKey } from '../../keys.mjs'
import { readAll, residents } from '../loops.mjs'

/** Numbers as strings. */
export const hitShort = {
  name: 'hit short',
  kind: 'read',
  isInformation: true,
  keys: residents(shortKey),
  run: readAll,
}
