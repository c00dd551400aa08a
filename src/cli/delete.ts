import { counted } from './amounts.ts'
import { type Command, command, exitCodes, UsageError } from './command.ts'
import { confirm, yesFlag } from './confirm.ts'
import { glob, type Pattern } from './glob.ts'
import { targetFlags, withTarget } from './open-target.ts'
import { printable } from './printable.ts'
import { storedEntries } from './stored-entries.ts'
import { reachingStore, recordsOf, type Target } from './target.ts'
import { writeJson } from './write-out.ts'

/** Keys that are deleted at a time. */
const together = 500

/**
 * Deletes keys, in the store and in the memory of all processes that share a bus. `--json` prints
 * `{ deleted }`.
 */
export const deleteKeys: Command = command({
  details: `
Deletes keys, in the store and in the memory of all processes. With --match it asks first.
The exit code is 3 where there was nothing to delete.`,
  operands: [{ name: 'key', many: true }],
  flags: {
    ...targetFlags,
    match: { value: 'pattern', help: 'deletes the keys that hotset keys PATTERN lists' },
    ...yesFlag,
  },
  async run(keys, values, terminal) {
    const { match } = values
    if (keys.length > 0 === (match !== undefined)) {
      throw new UsageError('Expected keys, or --match and a pattern')
    }
    return withTarget(values, terminal, async (target) => {
      const deleted = await reachingStore(target, async () => {
        if (match === undefined) return target.cache.deleteMany(keys, target.keyOptions)
        const question = `Delete all keys that match ${printable(match)}: ${target.label}?`
        await confirm(question, values, terminal)
        return deleteMatching(target, glob(match))
      })
      if (values.json) await writeJson(terminal.stdout, { deleted })
      else terminal.stdout.write(`Deleted ${counted(deleted, 'entry', 'entries')}\n`)
      return deleted === 0 ? exitCodes.absent : exitCodes.done
    })
  },
})

/** All are listed before the first is deleted: a list that is changed meanwhile may leave some out. */
async function deleteMatching(target: Target, pattern: Pattern): Promise<number> {
  const { cache, keyOptions } = target
  const keys: string[] = []
  for await (const { key } of storedEntries(recordsOf(target), { pattern, ...keyOptions })) {
    keys.push(key)
  }
  let deleted = 0
  for (let at = 0; at < keys.length; at += together) {
    deleted += await cache.deleteMany(keys.slice(at, at + together), keyOptions)
  }
  return deleted
}
