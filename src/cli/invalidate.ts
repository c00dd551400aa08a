import { type Command, command } from './command.ts'
import { confirm, yesFlag } from './confirm.ts'
import { targetFlags, withTarget } from './open-target.ts'
import { printable } from './printable.ts'
import { reachingStore } from './target.ts'
import { writeJson } from './write-out.ts'

/**
 * Deletes every entry that has one of the tags, whatever its namespace. `--yes` does not ask;
 * `--json` prints `{ invalidated }`, the tags.
 */
export const invalidate: Command = command({
  details: `
Deletes every entry that has one of the tags, in the store and in the memory of all processes.
Tags are those of the whole cache, whatever the namespace. It asks first.`,
  operands: [{ name: 'tag', expected: 'a tag', many: true }],
  flags: { ...targetFlags, ...yesFlag },
  run: (tags, values, terminal) =>
    withTarget(values, terminal, async (target) => {
      const named = tags.map(printable).join(', ')
      await confirm(`Delete all entries with the tag ${named}: ${target.label}?`, values, terminal)
      await reachingStore(target, () => target.cache.invalidate(tags))
      if (values.json) await writeJson(terminal.stdout, { invalidated: tags })
      else terminal.stdout.write(`Invalidated ${named}\n`)
    }),
})
