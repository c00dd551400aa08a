import { type Command, command } from './command.ts'
import { confirm, yesFlag } from './confirm.ts'
import { targetFlags, withTarget } from './open-target.ts'
import { reachingStore } from './target.ts'
import { writeJson } from './write-out.ts'

/**
 * Deletes all entries of the cache, or of the namespace, and nobody else's. `--yes` does not ask;
 * `--json` prints `{ cleared }`, the name.
 */
export const clear: Command = command({
  details: `
Deletes all entries of a cache, or of a namespace of it, in the store and in the memory of all
processes; nobody else's. It asks first.`,
  flags: { ...targetFlags, ...yesFlag },
  run: (_, values, terminal) =>
    withTarget(values, terminal, async (target) => {
      await confirm(`Delete all entries: ${target.label}?`, values, terminal)
      await reachingStore(target, () => target.cache.clear())
      if (values.json) await writeJson(terminal.stdout, { cleared: target.cache.name })
      else terminal.stdout.write(`${target.label} is empty\n`)
    }),
})
