import type { Bytes } from '../../contracts/store.ts'
import type { MemcachedClient, MemcachedItem, MemcachedWrite } from './memcached-client.ts'

/** A change of what is under a key that depends on what is there. */
export interface Change {
  readonly key: string
  /** Asked again where another client was faster. */
  decide(value: Bytes | undefined): Decision
}

export interface Decision {
  readonly act: 'leave' | 'remove' | Pick<MemcachedWrite, 'value' | 'expiry'>
  /** What the change answers when that is done. One that is refused answers false, and leaves nothing. */
  readonly answer: boolean
}

/** What a client found; one that knows no tokens can remove, but not replace. */
type Present = Pick<MemcachedItem, 'value'> & Partial<MemcachedItem>

/**
 * Makes each change atomically, by CAS tokens, and those of one key in their order. Where another
 * client was faster a change is decided anew: somebody's was made, so that comes to an end.
 */
export async function changeItems(
  client: MemcachedClient,
  changes: readonly Change[],
): Promise<boolean[]> {
  const answers = new Array<boolean | undefined>(changes.length).fill(undefined)
  for (let open = [...changes.entries()]; open.length > 0; ) {
    const round = firstOfEachKey(open)
    const found = await look(client, round)
    await Promise.all(
      round.map(async ([i, change], at) => {
        answers[i] = await attempt(client, change, found[at])
      }),
    )
    open = open.filter(([i]) => answers[i] === undefined)
  }
  return answers.map((answer) => answer === true)
}

function firstOfEachKey(changes: readonly [number, Change][]): [number, Change][] {
  const seen = new Set<string>()
  return changes.filter(([, { key }]) => !seen.has(key) && seen.add(key))
}

async function look(
  client: MemcachedClient,
  changes: readonly [number, Change][],
): Promise<(Present | undefined)[]> {
  const keys = changes.map(([, { key }]) => key)
  if (client.gets) return client.gets(keys)
  return (await client.get(keys)).map((value) => value && { value })
}

/** Undefined where another client was faster. */
async function attempt(
  client: MemcachedClient,
  { key, decide }: Change,
  present: Present | undefined,
): Promise<boolean | undefined> {
  const { act, answer } = decide(present?.value)
  if (act === 'leave' || (act === 'remove' && !present)) return answer
  const removal = { key, cas: present?.cas }
  if (act === 'remove') {
    const [removed] = await client.delete([removal])
    return removed ? answer : undefined
  }
  const when = present?.cas === undefined ? 'absent' : { cas: present.cas }
  const [outcome] = await client.set([{ key, ...act, when }])
  if (outcome === 'declined') return undefined
  if (outcome === 'done') return answer
  if (present) await client.delete([removal])
  return false
}
