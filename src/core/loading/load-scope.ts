import { type AsyncStorage, asyncStorage } from '../../kernel/async-storage.ts'
import type { Flight } from './flight.ts'

/**
 * Knows, inside a loader and whatever it calls, which load is running: so a load that waits for
 * itself is found and refused. Where the runtime cannot follow asynchronous calls (a browser), only
 * the deadlines end such a wait.
 *
 * Following them slows every promise of the process down (Node 20: a hit costs twice as much), so it
 * is switched off by the first hit that finds no load running, and on again by the next load.
 */
class LoadScope {
  /** Following is switched on. */
  active = false
  #running = 0
  readonly #storage: AsyncStorage<Flight> | undefined = asyncStorage()

  current(): Flight | undefined {
    return this.active ? this.#storage?.getStore() : undefined
  }

  /** A load begins; `end` must follow. */
  begin(): void {
    this.#running++
  }

  /** Runs the loader of a flight, and what that calls. */
  run<T>(flight: Flight, loader: () => T): T {
    if (this.#storage === undefined) return loader()
    this.active = true
    return this.#storage.run(flight, loader)
  }

  end(): void {
    this.#running--
  }

  /** Switches following off if no load is running. */
  rest(): void {
    if (this.#running > 0) return
    this.active = false
    this.#storage?.disable?.()
  }
}

/** One for all caches: a loader of one may wait for another's. */
export const loadScope: LoadScope = new LoadScope()
