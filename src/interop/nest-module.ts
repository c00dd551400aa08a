import type { NamedCaches } from '../contracts/caches.ts'
import { expectFunction, expectString } from '../kernel/expect.ts'
import { addMetadata } from '../kernel/listed-metadata.ts'

export type { NamedCaches } from '../contracts/caches.ts'

/** What Nest's `imports` take. */
export interface HotsetDynamicModule<Imported, Token> {
  module: new () => object
  global: boolean
  imports: (Imported | HotsetDynamicModule<Imported, Token>)[]
  providers: HotsetProvider<Token>[]
  exports: string[]
}

/** The slice of a provider of Nest that is used. */
export interface HotsetProvider<Token> {
  provide: string
  inject: (string | Token)[]
  useFactory: (...injected: never[]) => unknown
}

/** Where the caches of the module can be injected. */
export interface HotsetModuleOptions {
  /**
   * Whether all modules of the application can inject the caches by name, or those alone that import
   * this, or `forFeature`. @default true
   */
  readonly global?: boolean | undefined
}

/** How caches are made from what Nest injects. */
export interface HotsetModuleAsyncOptions<Imported, Token, Injected extends readonly unknown[]>
  extends HotsetModuleOptions {
  /** Modules that export what `inject` names. @default none */
  readonly imports?: readonly Imported[] | undefined
  /** What the factory is called with. @default nothing */
  readonly inject?: readonly Token[] | undefined
  /** Makes the caches, or promises them. */
  readonly useFactory: (...injected: Injected) => NamedCaches | Promise<NamedCaches>
}

/** For `@InjectCache` on a parameter of a constructor, or on a property. */
export type InjectDecorator = (
  target: object,
  key: string | symbol | undefined,
  index?: number,
) => void

const allCaches = 'hotset:caches'

/** What a cache is injected by, where a token is asked for. @default 'default' */
export function cacheToken(name = 'default'): string {
  return `hotset:cache:${expectString('name', name)}`
}

/** Injects the cache of that name: as `@Inject(cacheToken(name))` of Nest. @default 'default' */
export function InjectCache(name = 'default'): InjectDecorator {
  const token = cacheToken(name)
  return (target, key, index) => {
    if (index !== undefined) addMetadata('self:paramtypes', target, { index, param: token })
    else addMetadata('self:properties_metadata', target.constructor, { key, type: token })
  }
}

/** Caches that an application injects by name, and that are closed when it has shut down. */
// biome-ignore lint/complexity/noStaticOnlyClass: Nest knows modules by their classes.
export class HotsetModule {
  /** For the `imports` of the application's module: each cache can be injected by its name. */
  static forRoot(
    caches: NamedCaches,
    options: HotsetModuleOptions = {},
  ): HotsetDynamicModule<never, never> {
    expectFunction('caches.get', caches?.get)
    const root = rootModule<never, never, []>({ ...options, useFactory: () => caches })
    const others = caches.names.filter((name) => name !== 'default').map(namedProvider)
    return extended(root, others)
  }

  /**
   * As `forRoot`, with caches that depend on what Nest injects. Which there are is not known before
   * they are made: the default one can be injected, others where `forFeature` names them.
   */
  static forRootAsync<Imported = never, Token = never, Injected extends readonly unknown[] = never>(
    options: HotsetModuleAsyncOptions<Imported, Token, Injected>,
  ): HotsetDynamicModule<Imported, Token> {
    expectFunction('useFactory', options?.useFactory)
    return rootModule(options)
  }

  /**
   * For the `imports` of a module that injects these: the cache of each name or, where there is none
   * of that name, the namespace of it in the default cache.
   */
  static forFeature(...names: readonly string[]): HotsetDynamicModule<never, never> {
    const empty = { module: HotsetModule, global: false, imports: [], providers: [], exports: [] }
    return extended(empty, names.map(namedProvider))
  }
}

/** What all others inject from: `forFeature` finds it in any module, whoever may inject caches by name. */
class HotsetCoreModule {}

function rootModule<Imported, Token, Injected extends readonly unknown[]>(
  options: HotsetModuleAsyncOptions<Imported, Token, Injected>,
): HotsetDynamicModule<Imported, Token> {
  const { imports = [], inject = [], useFactory, global = true } = options
  const all = { provide: allCaches, inject: [...inject], useFactory }
  // The last of Nest's hooks: what is shut down before it may still use its caches.
  const closing = {
    provide: 'hotset:closing',
    inject: [allCaches],
    useFactory: (caches: NamedCaches) => ({ onApplicationShutdown: () => caches.close() }),
  }
  const core = {
    ...{ module: HotsetCoreModule, global: true, imports: [...imports] },
    ...{ providers: [all, closing], exports: [allCaches] },
  }
  // Its own core comes before those of others, which are global too.
  const module = { module: HotsetModule, global, imports: [core], providers: [], exports: [] }
  return extended<Imported, Token>(module, [namedProvider('default')])
}

function namedProvider(name: string): HotsetProvider<never> {
  const useFactory = (caches: NamedCaches) =>
    caches.names.includes(name) ? caches.get(name) : caches.get().namespace(name)
  return { provide: cacheToken(name), inject: [allCaches], useFactory }
}

/** With more to inject. */
function extended<Imported, Token>(
  module: HotsetDynamicModule<Imported, Token>,
  more: readonly HotsetProvider<Token>[],
): HotsetDynamicModule<Imported, Token> {
  const providers = [...module.providers, ...more]
  return {
    ...module,
    providers,
    exports: [...module.exports, ...more.map(({ provide }) => provide)],
  }
}
