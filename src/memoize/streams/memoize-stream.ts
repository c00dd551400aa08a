import type { Cache, LoadOptions } from '../../contracts/cache.ts'
import { expectFunction, expectOptions, expectString, invalid } from '../../kernel/expect.ts'
import { bytes } from '../../kernel/size.ts'
import { type AnyFunction, keyMaker } from '../calls.ts'
import { iteratorOf, Playback, streamOf } from './playback.ts'
import { type Opened, StreamCalls } from './stream-calls.ts'
import type { Source } from './tape.ts'

/** The options of `getOrSet` are passed on; where one is left out, the cache's own default holds. */
export interface StreamOptions<F extends AnyFunction>
  extends Omit<LoadOptions, 'tags' | 'signal' | 'refresh' | 'followed'> {
  /** Where complete runs are kept, each as one value. */
  readonly cache: Cache
  /** Namespace of the runs in the cache, the same in every process. @default the function's name */
  readonly name?: string | undefined
  /** Key of a call's arguments. @default an injective one, whatever they are */
  readonly key?: ((...args: Parameters<F>) => string) | undefined
  /** What is called on different objects is kept apart. @default true */
  readonly perInstance?: boolean | undefined
  /** Names by which runs can be invalidated together with other entries of the cache. @default none */
  readonly tags?: readonly string[] | ((...args: Parameters<F>) => readonly string[]) | undefined
  /** About how many bytes of a run are held at most; a longer one passes through, unkept. @default '1mb' */
  readonly maxBytes?: number | string | undefined
  /** Whose reading asks the source for more, where several read one run. @default 'fastest' */
  readonly pace?: 'fastest' | 'slowest' | undefined
  /** Whether a run is replayed in the chunks in which it came, or neighbours are joined. @default 'kept' */
  readonly chunks?: 'kept' | 'joined' | undefined
}

/** Which responses are kept. */
export interface ResponseOptions<F extends AnyFunction> extends StreamOptions<F> {
  /**
   * Whether others may be given this response. @default a status of 200 to 299 other than 206,
   * without `Set-Cookie`, and without `no-store` or `private` in `Cache-Control`
   */
  readonly keep?: ((response: Response) => boolean) | undefined
}

interface Verbs<F extends AnyFunction> {
  /** Removes the run for these arguments, be it on its way: its readers have the rest, but it is not kept. */
  invalidate(this: unknown, ...args: Parameters<F>): Promise<boolean>
  /** The key of these arguments in the cache's namespace. */
  key(this: unknown, ...args: Parameters<F>): string
  /** Forgets all runs, in every process. */
  clear(): Promise<void>
}

type Answering<F extends AnyFunction, Answer> = ((
  this: ThisParameterType<F>,
  ...args: Parameters<F>
) => Answer) &
  Verbs<F>

type ChunkOf<F extends AnyFunction> =
  Awaited<ReturnType<F>> extends AsyncIterable<infer Chunk> ? Chunk : never

/** A generator function whose runs are shared and kept. */
export type MemoizedGenerator<F extends AnyFunction> = Answering<
  F,
  AsyncIterableIterator<ChunkOf<F>>
>
/** A function whose streams are shared and kept. */
export type MemoizedStream<F extends AnyFunction> = Answering<F, ReadableStream<ChunkOf<F>>>
/** A function whose responses are shared and kept. */
export type MemoizedResponse<F extends AnyFunction> = Answering<F, Promise<Response>>

/**
 * Remembers what an async generator yields, or any function that answers an async iterable. The
 * first caller has it as it comes; who comes meanwhile is given what has come and then the rest;
 * who comes after its end has what was kept. What fails, or is left by all before its end, is not
 * kept; the error reaches each reader after what had come.
 *
 * Throws a `ConfigError` for options that make no sense. Arguments that make no key are an error of
 * the first read. What a generator returns, other than yields, is not kept.
 */
export function memoizeGenerator<
  F extends (...args: never[]) => AsyncIterable<unknown> | PromiseLike<AsyncIterable<unknown>>,
>(fn: F, options: StreamOptions<F>): MemoizedGenerator<F> {
  const calls = streamCalls(fn, options, (answer) => ({
    head: null,
    source: sourceOf(answer as AsyncIterable<unknown>),
    sharable: true,
  }))
  return withVerbs(fn, calls, (self, args) => iteratorOf(readerOf(calls, self, args)))
}

/** As `memoizeGenerator`, for a function that answers a `ReadableStream`. */
export function memoizeStream<
  F extends (...args: never[]) => ReadableStream<unknown> | PromiseLike<ReadableStream<unknown>>,
>(fn: F, options: StreamOptions<F>): MemoizedStream<F> {
  const calls = streamCalls(fn, options, (answer) => ({
    head: null,
    source: drained(answer as ReadableStream<unknown>),
    sharable: true,
  }))
  return withVerbs(fn, calls, (self, args) => streamOf(readerOf(calls, self, args)))
}

/**
 * As `memoizeGenerator`, for a function that answers a `Response`, such as `fetch`: status and
 * header fields are kept with the body. Each caller has to read its body, or to cancel it.
 */
export function memoizeResponse<F extends (...args: never[]) => Response | PromiseLike<Response>>(
  fn: F,
  options: ResponseOptions<F>,
): MemoizedResponse<F> {
  const { keep = isForAll, ...rest } = options
  expectFunction('keep', keep)
  const calls = streamCalls(fn, rest, (answer) => {
    const response = answer as Response
    const { status, statusText, headers, body } = response
    return {
      head: { status, statusText, headers: [...headers], hasBody: body !== null },
      source: body === null ? nothing : drained(body),
      sharable: keep(response),
    }
  })
  return withVerbs(fn, calls, async (self, args) => {
    const { head, reader } = await calls.play(self, args)
    const { status, statusText, hasBody } = head
    const headers = new Headers(
      head.headers.map(([name, value]): [string, string] => [name, value]),
    )
    if (!hasBody) reader.leave()
    const body = hasBody ? streamOf(new Playback(async () => reader)) : null
    return new Response(body as ReadableStream<Uint8Array> | null, { status, statusText, headers })
  })
}

function isForAll({ ok, status, headers }: Response): boolean {
  const control = headers.get('cache-control') ?? ''
  return (
    ok && status !== 206 && !headers.has('set-cookie') && !/\b(no-store|private)\b/i.test(control)
  )
}

const known: ReadonlySet<string> = new Set([
  ...['cache', 'name', 'key', 'perInstance', 'tags', 'maxBytes', 'pace', 'chunks'],
  ...['version', 'ttl', 'jitter', 'sliding', 'staleWhileRevalidate', 'staleIfError', 'retryAfter'],
  ...['eagerRefresh', 'negativeTtl', 'weight', 'softTimeout', 'hardTimeout'],
])

function streamCalls<Head>(
  fn: AnyFunction,
  options: object,
  opened: (answer: unknown) => Opened<unknown, Head>,
): StreamCalls<unknown, Head> {
  expectFunction('fn', fn)
  expectOptions('stream options', options, known)
  const {
    cache,
    name = fn.name,
    key,
    perInstance = true,
    tags,
    ...more
  } = options as StreamOptions<AnyFunction>
  const { maxBytes = '1mb', pace = 'fastest', chunks = 'kept', ...load } = more
  if (typeof cache?.getOrSet !== 'function' || !('namespace' in cache)) {
    throw invalid('cache', 'a cache of createCache', cache)
  }
  if (key !== undefined) expectFunction('key', key)
  if (typeof perInstance !== 'boolean') throw invalid('perInstance', 'true or false', perInstance)
  if (tags !== undefined && !Array.isArray(tags)) expectFunction('tags', tags)
  if (!['fastest', 'slowest'].includes(pace)) {
    throw invalid('pace', "'fastest' or 'slowest'", pace)
  }
  if (!['kept', 'joined'].includes(chunks)) throw invalid('chunks', "'kept' or 'joined'", chunks)
  return new StreamCalls({
    open: async (self, args) => opened(await Reflect.apply(fn, self, args)),
    name: expectString('name', name),
    cache,
    keyOf: keyMaker(key, 'shared'),
    perInstance,
    tags,
    maxBytes: bytes('maxBytes', maxBytes),
    pace,
    chunks,
    load,
  })
}

function readerOf<Head>(
  calls: StreamCalls<unknown, Head>,
  self: unknown,
  args: readonly unknown[],
): Playback<unknown> {
  return new Playback(async () => (await calls.play(self, args)).reader)
}

const nothing: Source<never> = { next: async () => ({ done: true, value: undefined }), stop() {} }

function sourceOf<T>(iterable: AsyncIterable<T>): Source<T> {
  const iterator = iterable[Symbol.asyncIterator]()
  return { next: () => iterator.next(), stop: () => iterator.return?.() }
}

function drained<T>(stream: ReadableStream<T>): Source<T> {
  const reader = stream.getReader()
  return {
    async next() {
      const { done, value } = await reader.read()
      return done ? { done, value: undefined } : { done, value }
    },
    stop: () => reader.cancel(),
  }
}

/** The function in front of the calls, with what can be done besides calling it. */
function withVerbs<F extends AnyFunction, Answer, Head>(
  fn: F,
  calls: StreamCalls<unknown, Head>,
  call: (self: unknown, args: readonly unknown[]) => unknown,
): Answering<F, Answer>
function withVerbs<Head>(
  fn: AnyFunction,
  calls: StreamCalls<unknown, Head>,
  call: (self: unknown, args: readonly unknown[]) => unknown,
): AnyFunction {
  function memoized(this: unknown, ...args: unknown[]): unknown {
    return call(this, args)
  }
  const selfOf = (self: unknown) => (self === memoized ? undefined : self)
  const verbs = {
    invalidate(this: unknown, ...args: unknown[]) {
      return calls.invalidate(selfOf(this), args)
    },
    key(this: unknown, ...args: unknown[]) {
      return calls.key(selfOf(this), args)
    },
    clear: () => calls.clear(),
  }
  return Object.defineProperties(Object.assign(memoized, verbs), {
    name: { value: fn.name, configurable: true },
    length: { value: fn.length, configurable: true },
  })
}
