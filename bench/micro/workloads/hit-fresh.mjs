import { freshKey } from '../../keys.mjs'
import { readAll, residents } from '../loops.mjs'

/** As a parser makes them: flat, new, and not hashed yet. */
export const hitFresh = {
  name: 'hit fresh',
  kind: 'read',
  keys: residents(freshKey),
  run: readAll,
}
