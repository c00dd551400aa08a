import { expectOptions } from '../../kernel/expect.ts'
import type { HttpRequest, HttpResponse, Origin, RequestHead } from '../message.ts'
import { Aside } from './aside.ts'
import {
  type ClientCache,
  type ClientOptions,
  clientCache,
  clientOptions,
  namesAnotherHost,
  type Upkeep,
} from './client-cache.ts'
import { linesOf, pathOf } from './dispatch-fields.ts'
import { type Dispatched, dispatched } from './dispatched.ts'
import type { Dispatch, DispatchOptions } from './dispatching.ts'
import { Playback } from './playback.ts'

/** For `new Agent().compose(…)` of undici 7. */
export type Interceptor = (dispatch: Dispatch) => Dispatch

const known: ReadonlySet<string> = new Set(clientOptions)

/**
 * An interceptor that keeps what is answered, by RFC 9111. Every response that it had a part in says
 * how it came about in `Cache-Status`; errors are those of the dispatcher. `CONNECT`, upgrades, and what
 * has no `origin` pass by. Throws a `ConfigError` for options that make no sense.
 */
export function hotsetInterceptor(options: ClientOptions): Interceptor & Upkeep {
  expectOptions('client options', options, known)
  const cache = clientCache('undici', ['GET', 'POST'], options)
  const interceptor: Interceptor = (dispatch) => (given, handler) => {
    const options = withoutQuery(given)
    const request = headOf(options)
    if (request === undefined) return dispatch(given, handler)
    const playback = new Playback(handler)
    playback.start()
    if (!playback.aborted) answer({ cache, dispatch, options, request, playback })
    return true
  }
  const { purge, settled } = cache.upkeep
  return Object.assign(interceptor, { purge, settled })
}

/** The same, with the query in the path. */
function withoutQuery(options: DispatchOptions): DispatchOptions {
  if (options.query == null) return options
  const { query: _, ...rest } = options
  return { ...rest, path: pathOf(options) }
}

/** What is asked; `undefined` where a cache has no part in it. */
function headOf(options: DispatchOptions): RequestHead | undefined {
  const { origin, path, method } = options
  if (origin === undefined || !path.startsWith('/')) return undefined
  if (method === 'CONNECT' || ('upgrade' in options && options.upgrade)) return undefined
  const bodied = 'body' in options && options.body != null
  // RFC 9110 §9.3.1: the body of a GET means nothing that a cache could know.
  if (bodied && (method === 'GET' || method === 'HEAD')) return undefined
  const url = new URL(origin).origin + path
  const headers = linesOf(options.headers)
  return namesAnotherHost(url, headers) ? undefined : { method, url, headers }
}

interface Call {
  readonly cache: ClientCache
  readonly dispatch: Dispatch
  readonly options: DispatchOptions
  readonly request: RequestHead
  readonly playback: Playback
}

/** Plays the answer, from the cache or through it. */
async function answer({ cache, dispatch, options, request, playback }: Call): Promise<void> {
  /** What the dispatcher answered to this very request. */
  let own: Dispatched | undefined
  const { signal } = playback
  const send = (forwarded: HttpRequest) =>
    dispatched(dispatch, options, forwarded, (...interim) => playback.inform(...interim))
  const origin: Origin = async (forwarded) => {
    if (forwarded.background) {
      return (await dispatched(dispatch, options, forwarded, () => {})).response
    }
    own = await send(forwarded)
    if (!own.cacheable) throw new Aside()
    return own.response
  }
  const through = async (): Promise<HttpResponse> => {
    try {
      const answer = await cache.handle({ ...request, signal }, origin)
      return own?.cacheable === false ? own.response : answer
    } catch (error) {
      if (!(error instanceof Aside)) throw error
      own ??= await send({ ...request, signal })
      return own.response
    }
  }
  try {
    const answer = cache.answerNow(request) ?? (await through())
    await playback.play(answer, () => own?.body.trailers ?? {})
  } catch (error) {
    playback.fail(error as Error)
  }
}
