import type { Explanation, TierExplanation } from '../contracts/cache.ts'
import { counted, orNull, shownTime } from './amounts.ts'
import { type Command, command, type Terminal } from './command.ts'
import { targetFlags, withTarget } from './open-target.ts'
import { painter } from './paint.ts'
import { printable } from './printable.ts'
import { reachingStore } from './target.ts'
import { textList } from './text-table.ts'
import { writeJson } from './write-out.ts'

/**
 * What the store has under the key, since when and until when, which of its tags still stand, and
 * what a read would answer and why. It changes nothing. `--json` prints what `cache.explain`
 * answers.
 */
export const explain: Command = command({
  details: `
Why a read of a key answers what it does: what the store has, since when and until when, and which
of its tags still stand. It changes nothing.`,
  operands: [{ name: 'key', expected: 'a key' }],
  flags: targetFlags,
  run: ([key = ''], values, terminal) =>
    withTarget(values, terminal, async (target) => {
      const { cache, keyOptions } = target
      const told = await reachingStore(target, () => cache.explain(key, keyOptions))
      if (values.json) await writeJson(terminal.stdout, inJson(told))
      else terminal.stdout.write(report(told, terminal))
    }),
})

function inJson({ memory, store, ...rest }: Explanation) {
  const tier = (told: TierExplanation | undefined) =>
    told && {
      ...told,
      ...(told.staleAt !== undefined && { staleAt: orNull(told.staleAt) }),
      ...(told.expiresAt !== undefined && { expiresAt: orNull(told.expiresAt) }),
    }
  return { ...rest, memory: tier(memory) ?? null, store: tier(store) ?? null }
}

function report(told: Explanation, terminal: Terminal): string {
  const paint = painter(terminal.stdout, terminal)
  const colour = told.outcome === 'hit' ? 'green' : told.outcome === 'stale' ? 'yellow' : 'red'
  const items: [string, string][] = [
    ['key', printable(told.key)],
    ['in the store', printable(told.physicalKey)],
    ['a read is a', paint(colour, told.outcome)],
    ['why', told.reason],
  ]
  for (const [name, tier] of [['memory', told.memory] as const, ['store', told.store] as const]) {
    if (tier !== undefined) items.push([name, tierText(tier)])
    for (const { tag, valid } of tier?.tags ?? []) {
      items.push(['', `${valid ? 'stands' : paint('red', 'changed')}: ${printable(tag)}`])
    }
  }
  if (told.loading) items.push(['', 'it is being loaded in this process'])
  return `${textList(items, paint)}\n`
}

function tierText({ state, createdAt, staleAt, expiresAt, leaseUntil, bytes }: TierExplanation) {
  const now = Date.now()
  const until = (instant: number) =>
    instant > now ? `${shownTime(instant - now)} more` : `until ${shownTime(now - instant)} ago`
  const parts: string[] = [state]
  if (createdAt !== undefined) parts.push(`made ${shownTime(now - createdAt)} ago`)
  if (staleAt !== undefined)
    parts.push(`fresh ${staleAt === Infinity ? 'for ever' : until(staleAt)}`)
  if (expiresAt !== undefined && expiresAt !== staleAt) parts.push(`kept ${until(expiresAt)}`)
  if (leaseUntil !== undefined) parts.push(`being loaded, for ${until(leaseUntil)}`)
  if (bytes !== undefined) parts.push(counted(bytes, 'byte', 'bytes'))
  return parts.join(', ')
}
