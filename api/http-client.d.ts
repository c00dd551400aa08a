// hotset/http-client

export interface CachingFetchOptions extends ClientOptions {
  readonly fetch?: Fetch | undefined;
}

export interface ClientOptions {
  readonly cache: Cache;
  readonly shared?: boolean | undefined;
  readonly profile?: Profile | undefined;
  readonly rules?: Partial<Omit<Rules, 'shared' | 'methods'>> | undefined;
  readonly name?: string | undefined;
  readonly keyPrefix?: string | undefined;
  readonly clock?: Clock | undefined;
}

export type Dispatch = Dispatcher['dispatch'];

export interface DispatchController {
  readonly aborted: boolean;
  readonly paused: boolean;
  readonly reason: Error | null;
  rawHeaders?: unknown;
  rawTrailers?: unknown;
  abort(reason: Error): void;
  pause(): void;
  resume(): void;
}

export interface DispatchHandler {
  onRequestStart?(controller: DispatchController, context: unknown): void;
  onRequestUpgrade?(controller: DispatchController, status: number, headers: Incoming, socket: never): void;
  onResponseStart?(controller: DispatchController, status: number, headers: Incoming, reason?: string): void;
  onResponseData?(controller: DispatchController, chunk: Buffer): void;
  onResponseEnd?(controller: DispatchController, trailers: Incoming): void;
  onResponseError?(controller: DispatchController, error: Error): void;
}

export type DispatchHeaders = Record<string, string | string[]> | string[] | Iterable<[string, string | string[] | undefined]> | null;

export interface DispatchOptions {
  origin?: string | URL;
  path: string;
  method: string;
  headers?: DispatchHeaders;
  query?: Record<string, unknown>;
}

export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

export type Incoming = Record<string, string | string[] | undefined>;

export type Interceptor = (dispatch: Dispatch) => Dispatch;

export type Upkeep = Pick<HttpCache, 'purge' | 'settled'>;

export declare function cachingFetch(options: CachingFetchOptions): Fetch & Upkeep;

export declare function hotsetInterceptor(options: ClientOptions): Interceptor & Upkeep;

// Named above, and exported by no entry:

interface Dispatcher {
  dispatch(options: DispatchOptions, handler: DispatchHandler): boolean;
}
