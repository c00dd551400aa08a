import type { DatabaseChanges } from './database-changes.ts'
import { collectionChanges, optionsAt } from './mongoose/collection-changes.ts'
import { type Session, SessionChanges } from './mongoose/session-changes.ts'

/** The slice of a schema that is needed: it tells of the models that are made of it. */
export interface MongooseSchema {
  on(event: 'init', listener: (model: MongooseModel) => void): unknown
}

/** The slice of a model of Mongoose that is used. */
export interface MongooseModel {
  readonly collection: object
}

type Collection = Record<string, (...args: unknown[]) => unknown> & {
  readonly collectionName: string
}

/**
 * A plugin, for `mongoose.plugin(…)` or `schema.plugin(…)` before models are made: whatever is
 * written through their collections is told to `changes`, each as a table by its own name, before
 * the promise of the operation resolves, or that of the commit.
 */
export function mongooseChanges(changes: DatabaseChanges): (schema: MongooseSchema) => void {
  const sessions = new SessionChanges(changes)
  const watched = new WeakSet<Collection>()

  const watch = (collection: Collection): void => {
    // Models may share one.
    if (watched.has(collection)) return
    watched.add(collection)
    // While there is no connection, a method calls itself again later: then, not what tells.
    const plain: Collection = Object.create(collection)
    for (const [method, at] of optionsAt) {
      const run = collection[method]
      if (run === undefined) continue
      plain[method] = run
      collection[method] = async (...args) => {
        const tell = sessions.teller(sessionOf(args[at]))
        const changed = (result?: unknown) => {
          const { collectionName: table } = collection
          return collectionChanges(table, changes.tags.columns(table), { method, args, result })
        }
        let result: unknown
        try {
          result = await run.apply(plain, args)
        } catch (error) {
          // All of it may have been done, or a part.
          await tell(changed())
          throw error
        }
        await tell(changed(result))
        return result
      }
    }
  }
  return (schema) => void schema.on('init', (model) => watch(model.collection as Collection))
}

function sessionOf(options: unknown): Session | undefined {
  return (options as { readonly session?: Session } | undefined)?.session
}
