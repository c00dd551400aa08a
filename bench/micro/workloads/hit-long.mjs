import { longKey } from '../../keys.mjs'
import { readAll, residents } from '../loops.mjs'

/** URLs of 200 characters. */
export const hitLong = {
  name: 'hit long',
  kind: 'read',
  isInformation: true,
  keys: residents(longKey),
  run: readAll,
}
