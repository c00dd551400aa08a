import { counted } from './amounts.ts'
import { type Command, command, Failure } from './command.ts'
import { confirm, yesFlag } from './confirm.ts'
import { targetFlags, withTarget } from './open-target.ts'
import { storeOf } from './target.ts'
import { writeJson } from './write-out.ts'

/**
 * Makes the store remove what has expired and, where it is bounded, make room: what it does by
 * itself now and then. It is for the whole store, whichever caches are in it. `--yes` does not ask;
 * `--json` prints `{ removed }`. Redis and Memcached need none.
 */
export const prune: Command = command({
  details: `
Makes the store let go of what has expired and, where it is bounded, make room: what it otherwise
does by itself, now and then. It is for the whole store, whichever caches are in it. It asks first.`,
  flags: { ...targetFlags, ...yesFlag },
  run: (_, values, terminal) =>
    withTarget(values, terminal, async (target) => {
      const store = storeOf(target)
      if (store.prune === undefined) {
        throw new Failure(`A store of the kind ${store.name} lets go of what has expired by itself`)
      }
      await confirm(`Remove what has expired from the store: ${target.label}?`, values, terminal)
      const removed = await store.prune()
      if (values.json) await writeJson(terminal.stdout, { removed })
      else terminal.stdout.write(`Removed ${counted(removed, 'record', 'records')}\n`)
    }),
})
