import type { ServerResponse } from 'node:http'
import type { Duration } from '../../contracts/cache.ts'
import { addMetadata } from '../../kernel/listed-metadata.ts'
import type { HttpCache } from '../exchange/http-cache.ts'
import { type ExpressRequest, expressShell } from '../node/express-shell.ts'
import { silence } from '../node/silence.ts'
import { httpCacheOf, type PageOptions } from '../page/page.ts'
import {
  type CacheControlOptions,
  type ConditionalOptions,
  cacheControl,
  conditional,
  type ExpressMiddleware,
  neverCache,
  varyOnHeaders,
} from './express.ts'

export type { CacheControlOptions, ConditionalOptions, PageOptions } from './express.ts'

/** What of Nest's `ExecutionContext` is made use of. */
export interface NestContext {
  getType(): string
  switchToHttp(): { getRequest<T>(): T; getResponse<T>(): T }
}

/** Nest's `NestInterceptor`, of whatever RxJS calls its own. */
export interface NestInterceptor {
  intercept<T extends object>(context: NestContext, next: { handle(): T }): Promise<T>
}

/** For a method of a controller, or all of one. */
export type NestDecorator = (
  target: object,
  key?: string | symbol,
  descriptor?: PropertyDescriptor,
) => void

/** What Nest's `imports` take. */
export interface NestModule {
  module: new () => object
  global: boolean
  providers: { provide: string; useValue: unknown }[]
  exports: string[]
}

/** The name by which the cache of `HttpCacheModule.forRoot` is injected, to purge: `@Inject(HTTP_CACHE)`. */
export const HTTP_CACHE = 'hotset:http-cache'

/** What all routes have for which nothing else is said. */
export interface HttpCacheModuleOptions extends PageOptions<ExpressRequest> {
  /** Caches all routes for this long, unless they declare another lifetime. @default only those that say so */
  readonly ttl?: Duration | undefined
}

/** One cache for an application on Express, for `@CachePage` and to be injected. */
// biome-ignore lint/complexity/noStaticOnlyClass: Nest knows modules by their classes.
export class HttpCacheModule {
  /** For the `imports` of the application's module. Throws a `ConfigError` for options that make no sense. */
  static forRoot(options: HttpCacheModuleOptions): NestModule {
    const { ttl, ...page } = options
    const cache = httpCacheOf(page.cache, page.keyPrefix)
    const provider = { provide: HTTP_CACHE, useValue: cache }
    const forAll = { provide: 'APP_INTERCEPTOR', useValue: pageInterceptor(ttl, page) }
    return {
      module: HttpCacheModule,
      global: true,
      providers: ttl === undefined ? [provider] : [provider, forAll],
      exports: [HTTP_CACHE],
    }
  }
}

/**
 * Caches what a method answers, or all methods of a controller, for `ttl`: behind the guards, so that
 * nobody is answered whom they would not let pass. Without `cache` it is that of `HttpCacheModule.forRoot`.
 */
export function CachePage(
  ttl: Duration,
  options: Partial<PageOptions<ExpressRequest>> = {},
): NestDecorator {
  const { cache } = options
  if (cache !== undefined) return intercepting(pageInterceptor(ttl, { ...options, cache }))
  class OfModule {
    readonly intercept: NestInterceptor['intercept']

    constructor(cache: HttpCache) {
      this.intercept = pageInterceptor(ttl, { ...options, cache }).intercept
    }
  }
  // What `@Inject(HTTP_CACHE)` on the parameter says.
  addMetadata('self:paramtypes', OfModule, { index: 0, param: HTTP_CACHE })
  addMetadata('design:paramtypes', OfModule, Object)
  return intercepting(OfModule)
}

/** Adds to `Cache-Control`, and loosens nothing that the handler says. */
export function CacheControl(options: CacheControlOptions): NestDecorator {
  return intercepting(interceptorOf(cacheControl(options)))
}

/** Lets nobody keep anything of it. */
export function NeverCache(): NestDecorator {
  return intercepting(interceptorOf(neverCache))
}

/** Lets these request fields select the page. */
export function VaryOnHeaders(...names: readonly string[]): NestDecorator {
  return intercepting(interceptorOf(varyOnHeaders(...names)))
}

/** Keeps pages of different cookies apart: by default those of requests with cookies are then not cached. */
export function VaryOnCookie(): NestDecorator {
  return VaryOnHeaders('Cookie')
}

/** Answers 304 or 412 before the method is called, where the validators tell enough (RFC 9110 §13). */
export function Conditional(options: ConditionalOptions<ExpressRequest>): NestDecorator {
  return intercepting(interceptorOf(conditional(options)))
}

/** For `app.useGlobalInterceptors`, or where an interceptor is asked for. */
export function pageInterceptor(
  ttl: Duration | undefined,
  options: PageOptions<ExpressRequest>,
): NestInterceptor {
  const { shell } = expressShell(ttl, options)
  return interceptorOf((request, response, next) => shell.answer(request, response, () => next()))
}

type Middleware = (...args: Parameters<ExpressMiddleware>) => unknown

/** Middleware in the place of an interceptor; where it answers itself, Nest has nothing more to send. */
function interceptorOf(middleware: Middleware): NestInterceptor {
  return {
    async intercept(context, next) {
      const rest = next.handle()
      if (context.getType() !== 'http') return rest
      const http = context.switchToHttp()
      const response = http.getResponse<ServerResponse>()
      return new Promise((resolve, reject) => {
        let ran = false
        const run = () => {
          ran = true
          resolve(rest)
        }
        const answered = middleware(http.getRequest<ExpressRequest>(), response, run)
        Promise.resolve(answered).then(() => {
          if (ran) return
          silence(response)
          resolve(doneLike(rest))
        }, reject)
      })
    },
  }
}

interface Subscriber {
  next(value: unknown): void
  complete(): void
}

/** An Observable of nothing: of the same class as the one at hand, as there is no other way to it. */
function doneLike<T extends object>(observable: T): T {
  const subscribe = (subscriber: Subscriber) => {
    subscriber.next(undefined)
    subscriber.complete()
  }
  return Reflect.construct(observable.constructor, [subscribe])
}

/** As `UseInterceptors` does: a list under a name, of the method or the class. */
function intercepting(interceptor: object): NestDecorator {
  return (target, _, descriptor) => {
    const decorated: object = descriptor?.value ?? target
    addMetadata('__interceptors__', decorated, interceptor)
  }
}
