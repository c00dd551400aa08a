import { freshKey } from '../../keys.mjs'
import { readAll, residents } from '../loops.mjs'

/** The very object that the entry was set with, its hash in it. */
export const hitSame = {
  name: 'hit same',
  kind: 'read',
  keys(world) {
    const keys = Array.from({ length: world.entries }, (_, index) => freshKey(index))
    return residents((index) => keys[index])(world)
  },
  run: readAll,
}
