import type { Explanation, TierExplanation } from '../../contracts/cache.ts'
import type { OpenStore } from '../behind/open-store.ts'
import type { Entry } from '../entry.ts'
import type { Place } from '../place.ts'
import type { Reader } from '../reader.ts'
import type { CacheState } from '../state.ts'

/** Says what each tier has under a key, and why a read answers what it does. Changes nothing. */
export async function explain(
  state: CacheState,
  reader: Reader,
  place: Place,
): Promise<Explanation> {
  const { key, physicalKey, memoryKey } = place
  const memory = state.memory && explainMemory(state, memoryKey)
  const store = state.backed
    ? await reader.attempt(key, (open) => explainStore(open, place, state.clock.now()))
    : undefined
  const states = [memory?.state, store?.state]
  const outcome = states.includes('fresh') ? 'hit' : states.includes('stale') ? 'stale' : 'miss'
  const tier =
    memory?.state === 'fresh' || (outcome === 'stale' && memory?.state === 'stale') ? memory : store
  const loading = [state.flights, state.renewals].some(
    (flights) => flights.get(memoryKey) !== undefined,
  )
  const reason = sentences[tier?.state ?? memory?.state ?? 'absent']
  return { key, physicalKey, outcome, reason, memory, store, loading }
}

const sentences: Readonly<Record<TierExplanation['state'], string>> = {
  fresh: 'There is a fresh entry.',
  stale:
    'The entry is past its TTL; it is served only while it is renewed or when the loader fails.',
  expired: 'The entry is past its TTL and all its windows.',
  invalidated:
    'One of the tags, or the whole cache, has been invalidated since the value was loaded.',
  suspect: 'Memory has an entry, but a change may have been missed: the store is asked first.',
  lease: 'A process is loading the value now.',
  absent: 'There is no entry: never written, deleted, evicted or expired.',
  unreadable:
    'The store has bytes that this cache cannot read: another codec, another format, or damage.',
}

function explainMemory(state: CacheState, memoryKey: string): TierExplanation {
  const now = state.clock.now()
  const { recollection } = state
  const kept = state.memory?.peek(memoryKey, now)
  if (kept === undefined) return { state: 'absent' }
  const entry = recollection.whole(memoryKey, kept)
  const tags = entry.tags.map((tag) => ({
    tag,
    valid: !recollection.tagsChangedSince([tag], entry.checked),
  }))
  const suspect = entry.epoch !== recollection.epoch || now >= entry.suspectAt
  const named = tags.some(({ valid }) => !valid)
    ? 'invalidated'
    : suspect
      ? 'suspect'
      : freshness(entry, now)
  return { state: named, ...instants(entry), tags: visible(tags) }
}

async function explainStore(open: OpenStore, place: Place, now: number): Promise<TierExplanation> {
  const reading = await open.read(place)
  if (reading.state === 'absent' || reading.state === 'unreadable') return { state: reading.state }
  if (reading.state === 'lease') {
    return reading.leaseUntil > now
      ? { state: 'lease', leaseUntil: reading.leaseUntil }
      : { state: 'absent' }
  }
  const { envelope } = reading
  const tags = await open.validity(envelope)
  return {
    state: reading.state === 'live' ? freshness(reading.entry, now) : reading.state,
    ...instants(envelope),
    tags: visible(tags),
    bytes: envelope.payload.length,
    ...(envelope.leaseUntil > now && { leaseUntil: envelope.leaseUntil }),
  }
}

function freshness(entry: Pick<Entry, 'staleAt'>, now: number): 'fresh' | 'stale' {
  return now < entry.staleAt ? 'fresh' : 'stale'
}

function instants(entry: Pick<Entry, 'createdAt' | 'staleAt' | 'revalidateUntil' | 'errorUntil'>) {
  const { createdAt, staleAt, revalidateUntil, errorUntil } = entry
  return { createdAt, staleAt, expiresAt: Math.max(staleAt, revalidateUntil, errorUntil) }
}

/** A generation is shown as the clearing of its space, which is what changes it. */
function visible(tags: readonly { tag: string; valid: boolean }[]) {
  return tags.map(({ tag, valid }) => ({
    tag: tag[0] === '\0' ? `clear(${tag.slice(1)})` : tag,
    valid,
  }))
}
