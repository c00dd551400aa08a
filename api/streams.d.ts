// hotset/streams

export type MemoizedGenerator<F extends AnyFunction> = Answering<F, AsyncIterableIterator<ChunkOf<F>>>;

export type MemoizedResponse<F extends AnyFunction> = Answering<F, Promise<Response>>;

export type MemoizedStream<F extends AnyFunction> = Answering<F, ReadableStream<ChunkOf<F>>>;

export interface ResponseOptions<F extends AnyFunction> extends StreamOptions<F> {
  readonly keep?: ((response: Response) => boolean) | undefined;
}

export interface StreamOptions<F extends AnyFunction> extends Omit<LoadOptions, 'tags' | 'signal' | 'refresh' | 'followed'> {
  readonly cache: Cache;
  readonly name?: string | undefined;
  readonly key?: ((...args: Parameters<F>) => string) | undefined;
  readonly perInstance?: boolean | undefined;
  readonly tags?: readonly string[] | ((...args: Parameters<F>) => readonly string[]) | undefined;
  readonly maxBytes?: number | string | undefined;
  readonly pace?: 'fastest' | 'slowest' | undefined;
  readonly chunks?: 'kept' | 'joined' | undefined;
}

export declare function memoizeGenerator<F extends (...args: never[]) => AsyncIterable<unknown> | PromiseLike<AsyncIterable<unknown>>>(fn: F, options: StreamOptions<F>): MemoizedGenerator<F>;

export declare function memoizeResponse<F extends (...args: never[]) => Response | PromiseLike<Response>>(fn: F, options: ResponseOptions<F>): MemoizedResponse<F>;

export declare function memoizeStream<F extends (...args: never[]) => ReadableStream<unknown> | PromiseLike<ReadableStream<unknown>>>(fn: F, options: StreamOptions<F>): MemoizedStream<F>;

// Named above, and exported by no entry:

type Answering<F extends AnyFunction, Answer> = ((this: ThisParameterType<F>, ...args: Parameters<F>) => Answer) & Verbs<F>;

type ChunkOf<F extends AnyFunction> = Awaited<ReturnType<F>> extends AsyncIterable<infer Chunk> ? Chunk : never;

interface Verbs<F extends AnyFunction> {
  invalidate(this: unknown, ...args: Parameters<F>): Promise<boolean>;
  key(this: unknown, ...args: Parameters<F>): string;
  clear(): Promise<void>;
}
