import type { Cache, Duration, Loader, LoadOptions } from '../../contracts/cache.ts'
import type { Clock } from '../../contracts/clock.ts'
import { lifetimeOf } from '../../kernel/duration.ts'
import { expectFunction, invalid } from '../../kernel/expect.ts'
import { systemClock } from '../../kernel/system-clock.ts'
import { warn } from '../../kernel/warn.ts'
import { Dependencies, type Standing, type Write } from './dependencies.ts'
import { kindOf, makeFragmentKey, widened } from './fragment-key.ts'
import { sealed, standingOf, textOf } from './kept-fragment.ts'
import { renderScope } from './render-scope.ts'

/** As many as the cache lets an entry have. */
const mostTags = 64

/** Those of `getOrSet`; `ttl` and `tags` are `createFragments`', not the cache's, where left out. */
export interface FragmentOptions extends Omit<LoadOptions, 'version' | 'negativeTtl'> {
  /** Lives its whole `ttl`, even around fragments that end sooner or have failed. @default false */
  readonly outlive?: boolean | undefined
}

/** `inner` is for fragments inside, where the runtime cannot tell that they are. */
export type Render = (inner: Fragments) => string | PromiseLike<string>
/** Renders a fragment in this turn. */
export type RenderSync = (inner: Fragments) => string

/** Rendered text, kept in a cache. The functions need no `this`: hand them to a template as they are. */
export interface Fragments {
  /**
   * What `render` answers, from the cache if it is there; concurrent callers share one rendering.
   * Fragments rendered inside pass on their tags, their own invalidation and the end of their time.
   * What `render` throws reaches every caller and is not kept, and neither is what is around it.
   */
  fragment(
    name: string,
    varyOn: readonly unknown[],
    render: Render,
    options?: FragmentOptions,
  ): Promise<string>
  /**
   * As `fragment`, in this turn, for engines that cannot wait: reads memory alone, and writes in
   * the background. What only the store has is rendered again, and found in memory from then on.
   */
  fragmentSync(
    name: string,
    varyOn: readonly unknown[],
    render: RenderSync,
    options?: FragmentOptions,
  ): string
  /** The fragment is gone, and all that contain it are; others inside those are served as they are. */
  invalidateFragment(name: string, varyOn?: readonly unknown[]): Promise<void>
  /** Resolves when all that `fragmentSync` rendered until now has been written, or could not be. */
  settled(): Promise<void>
}

/** How all fragments are kept for which nothing else is said. */
export interface FragmentsOptions extends Omit<FragmentOptions, 'signal' | 'refresh'> {
  /** Tells the time, as the cache's. @default the system's */
  readonly clock?: Clock | undefined
}

/** Fragments in a cache, with options for those that do not say otherwise. */
export function createFragments(cache: Cache, options: FragmentsOptions = {}): Fragments {
  if (typeof cache?.getOrSet !== 'function') throw invalid('cache', 'a cache', cache)
  const { clock = systemClock, ...defaults } = options
  return new FragmentCache(cache, clock, { ttl: '5m', tags: [], ...defined(defaults) }).within(
    undefined,
  )
}

interface Settings extends FragmentOptions {
  readonly ttl: Duration | null
  readonly tags: readonly string[]
}

class FragmentCache {
  readonly #cache: Cache
  readonly #clock: Clock
  readonly #defaults: Settings
  readonly #writes = new Map<string, Promise<void>>()
  #warned = false

  constructor(cache: Cache, clock: Clock, defaults: Settings) {
    this.#cache = cache
    this.#clock = clock
    this.#defaults = defaults
  }

  /** The fragments that are rendered into `parent`, unless the runtime knows of one further inside. */
  within(parent: Dependencies | undefined): Fragments {
    const around = () => renderScope.current() ?? parent
    return {
      fragment: (name, varyOn, render, options) =>
        this.#get(around(), name, varyOn, render, options),
      fragmentSync: (name, varyOn, render, options) =>
        this.#getSync(around(), name, varyOn, render, options),
      invalidateFragment: (name, varyOn) => this.#invalidate(name, varyOn),
      settled: async () => void (await Promise.all(this.#writes.values())),
    }
  }

  async #get(
    parent: Dependencies | undefined,
    name: string,
    varyOn: readonly unknown[],
    render: Render,
    options: FragmentOptions | undefined,
  ): Promise<string> {
    expectFunction('render', render)
    const key = makeFragmentKey(name, varyOn)
    const settings = this.#settings(options)
    const { outlive: _, ...load } = settings
    const waiting: Write[] = []
    try {
      const kept = await this.#cache.getOrSet<string>(
        key,
        async (context) => {
          const inside = new Dependencies(waiting)
          const text = await renderScope.run(inside, () => render(this.within(inside)))
          const standing = this.#standing(name, inside, settings)
          context.tags = standing.tags
          context.ttl = standing.until - this.#clock.now()
          return sealed(expectText(text), standing)
        },
        load,
      )
      parent?.include(key, standingOf(kept))
      for (const write of waiting) write(() => this.#cache.getSync(key) === kept)
      return textOf(kept)
    } catch (error) {
      parent?.fail()
      throw error
    }
  }

  #getSync(
    parent: Dependencies | undefined,
    name: string,
    varyOn: readonly unknown[],
    render: RenderSync,
    options: FragmentOptions | undefined,
  ): string {
    expectFunction('render', render)
    const key = makeFragmentKey(name, varyOn)
    const settings = this.#settings(options)
    const known = settings.refresh === true ? undefined : this.#cache.getSync<string>(key)
    if (known !== undefined) {
      parent?.include(key, standingOf(known))
      return textOf(known)
    }
    const inside = new Dependencies(parent?.waiting)
    try {
      const text = expectText(renderScope.runSync(inside, () => render(this.within(inside))))
      const standing = this.#standing(name, inside, settings)
      parent?.include(key, standing)
      const write: Write = (stands) => this.#write(key, text, standing, settings, stands)
      // What it shows was loaded by what is around it. As long as the cache keeps that, nothing has
      // been invalidated since: then this one, which began later, may be kept too.
      if (parent?.waiting === undefined) write(() => true)
      else parent.waiting.push(write)
      return text
    } catch (error) {
      parent?.fail()
      throw error
    }
  }

  /** Deleted first: what is rendered from then on has the new one inside. */
  async #invalidate(name: string, varyOn: readonly unknown[] | undefined): Promise<void> {
    const key = makeFragmentKey(name, varyOn)
    await this.#cache.delete(key)
    await this.#cache.invalidate([key, kindOf(name)])
  }

  #settings(options: FragmentOptions | undefined): Settings {
    return options === undefined ? this.#defaults : { ...this.#defaults, ...defined(options) }
  }

  /** On what a fragment stands that was rendered now. */
  #standing(name: string, inside: Dependencies, { ttl, tags, outlive }: Settings): Standing {
    const end = this.#clock.now() + lifetimeOf('ttl', ttl)
    const until = outlive === true ? end : Math.min(end, inside.until)
    const exact = new Set([...tags, ...inside.tags])
    if (exact.size <= mostTags) return { until, tags: [...exact] }
    const wide = new Set([...exact].map(widened))
    if (wide.size <= mostTags) return { until, tags: [...wide] }
    this.#warnOnce(
      `The fragment "${name}" is not kept: it depends on ${wide.size} tags, and ${mostTags} is the most`,
    )
    return { until: 0, tags }
  }

  /** Through `getOrSet`, as that knows what happens to the key and the tags meanwhile. */
  #write(
    key: string,
    text: string,
    standing: Standing,
    settings: Settings,
    stands: () => boolean,
  ): void {
    const ttl = standing.until - this.#clock.now()
    if (this.#writes.has(key) || !(ttl > 0)) return
    const { outlive: _, ...load } = settings
    const loader: Loader<string> = (context) => {
      if (!stands()) context.skip()
      return sealed(text, standing)
    }
    const written = this.#cache
      .getOrSet(key, loader, { ...load, ttl, tags: standing.tags })
      .then(
        () => undefined,
        (error: unknown) => warn(`The fragment "${key}" is not kept: ${String(error)}`),
      )
      .finally(() => this.#writes.delete(key))
    this.#writes.set(key, written)
  }

  #warnOnce(message: string): void {
    if (!this.#warned) warn(message)
    this.#warned = true
  }
}

/** Without the members that are `undefined`: they count as left out. */
function defined<T extends object>(options: T): Defined<T> {
  const members = Object.entries(options).filter(([, value]) => value !== undefined)
  return Object.fromEntries(members) as Defined<T>
}

type Defined<T> = { [Name in keyof T]: Exclude<T[Name], undefined> }

function expectText(text: unknown): string {
  if (typeof text !== 'string') throw invalid('render', 'a function that answers a string', text)
  return text
}
