// A process of its own for one peer: fills the whole of a cache by reading through it.
import { freshKey } from '../keys.mjs'
import { peerNamed } from '../peers.mjs'
import { serve } from '../worker.mjs'
import { bytesInUse } from './bytes-in-use.mjs'

serve(async ({ subject, entries, ttl }) => {
  const { readThrough } = await peerNamed(subject)
  const before = bytesInUse()
  let loads = 0
  const read = readThrough({ entries, ttl, load: async () => personOf(loads++) })
  for (let index = 0; index < entries; index++) await read(freshKey(index))
  const bytes = (bytesInUse() - before) / entries
  for (let index = 0; index < entries; index++) await read(freshKey(index))
  return { bytes, kept: (2 * entries - loads) / entries }
})

/** A small value, about as large as a row that somebody looks up by its id. */
function personOf(id) {
  return { id, email: `person.${id}@example.com` }
}
