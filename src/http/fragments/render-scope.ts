import { type AsyncStorage, asyncStorage } from '../../kernel/async-storage.ts'
import type { Dependencies } from './dependencies.ts'

/** What there is where asynchronous calls cannot be followed: it knows until the first `await`. */
class TurnStorage<T> implements AsyncStorage<T> {
  #value: T | undefined

  getStore(): T | undefined {
    return this.#value
  }

  run<R>(value: T, body: () => R): R {
    const outer = this.#value
    this.#value = value
    try {
      return body()
    } finally {
      this.#value = outer
    }
  }
}

/**
 * Knows which fragment is being rendered, in the render function and whatever it calls. Following
 * asynchronous calls slows down every promise of the process, so it is on only while one is.
 */
class RenderScope {
  #rendering = 0
  readonly #storage: AsyncStorage<Dependencies> = asyncStorage() ?? new TurnStorage()

  current(): Dependencies | undefined {
    return this.#rendering === 0 ? undefined : this.#storage.getStore()
  }

  async run<T>(inside: Dependencies, body: () => T | PromiseLike<T>): Promise<T> {
    this.#rendering++
    try {
      return await this.#storage.run(inside, body)
    } finally {
      this.#end()
    }
  }

  runSync<T>(inside: Dependencies, body: () => T): T {
    this.#rendering++
    try {
      return this.#storage.run(inside, body)
    } finally {
      this.#end()
    }
  }

  #end(): void {
    this.#rendering--
    if (this.#rendering === 0) this.#storage.disable?.()
  }
}

/** One for all caches: a fragment may contain one that another cache has. */
export const renderScope: RenderScope = new RenderScope()
