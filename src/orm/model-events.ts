import { expectFunction } from '../kernel/expect.ts'
import type { DatabaseChanges } from './database-changes.ts'
import type { TableChange } from './table-change.ts'

/** What an event says has changed; nothing, where it says nothing of that. */
export type EventChanges = TableChange | readonly TableChange[] | undefined

/** By the name of an event, what it says has changed. */
export type EventMap = Readonly<Record<string, (...args: never[]) => EventChanges>>

/** The name of an event, and what comes with it. */
export type ModelEvent<M extends EventMap> = {
  [Name in keyof M]: readonly [name: Name, ...args: Parameters<M[Name]>]
}[keyof M]

/** Node's `EventEmitter` and its kin; or an `EventTarget`. */
export type Emitter =
  | {
      on(name: string, listener: Listener): unknown
      off(name: string, listener: Listener): unknown
    }
  | {
      addEventListener(name: string, listener: Listener): unknown
      removeEventListener(name: string, listener: Listener): unknown
    }

type Listener = (...args: unknown[]) => unknown

/** Gives up what is tagged with what a model tells of. */
export interface ModelEvents<M extends EventMap> {
  /**
   * Tells what an event says has changed. Once it resolves, nothing of what was read before is
   * served: time to acknowledge. Events may come late, twice, and in any order. Of names that are
   * not in the map, nothing is told.
   */
  handle<Name extends keyof M & string>(name: Name, ...args: Parameters<M[Name]>): Promise<void>
  /** As `handle`, for several at once: a batch of a queue. */
  handleAll(events: readonly ModelEvent<M>[]): Promise<void>
  /**
   * Handles what an emitter emits, as soon as it does: emit after the commit. Answers how to stop it.
   * What fails rejects in the listener, for which an emitter may have a place (`captureRejections`).
   */
  listen(emitter: Emitter): () => void
}

/**
 * Makes events of an application invalidate what was read before: signals after rows are saved or
 * deleted, or messages of a queue. Throws a `ConfigError` where the map holds no functions.
 */
export function modelEvents<const M extends EventMap>(
  changes: DatabaseChanges,
  map: M,
): ModelEvents<M> {
  const functions = new Map(Object.entries<(...args: never[]) => EventChanges>(map))
  for (const [name, changed] of functions) expectFunction(`the event ${name}`, changed)

  const said = ([name, ...args]: readonly [name: PropertyKey, ...args: readonly unknown[]]) =>
    functions.get(String(name))?.(...(args as never[])) ?? []
  const handleAll = async (events: readonly (readonly [PropertyKey, ...unknown[]])[]) =>
    changes.changed(events.flatMap(said))

  return {
    handle: (...event) => handleAll([event]),
    handleAll,
    listen(emitter) {
      const listeners = [...functions.keys()].map((name): [string, Listener] => [
        name,
        (...args) => handleAll([[name, ...args]]),
      ])
      for (const listener of listeners) {
        if ('on' in emitter) emitter.on(...listener)
        else emitter.addEventListener(...listener)
      }
      return () => {
        for (const listener of listeners) {
          if ('off' in emitter) emitter.off(...listener)
          else emitter.removeEventListener(...listener)
        }
      }
    },
  }
}
