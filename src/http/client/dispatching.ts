/** What undici 7 calls for a request, as far as an interceptor has to know it. */
export type Dispatch = Dispatcher['dispatch']

/** A method, so that undici's own type, which says more of its options, fits. */
interface Dispatcher {
  dispatch(options: DispatchOptions, handler: DispatchHandler): boolean
}

/** What matters of them here; what else there is goes on as it is. */
export interface DispatchOptions {
  /** Scheme, host and port. */
  origin?: string | URL
  /** Path and query. */
  path: string
  /** The method, in capitals. */
  method: string
  /** The fields of the request. */
  headers?: DispatchHeaders
  /** What is added to the query. */
  query?: Record<string, unknown>
}

/** Fields, in any of the forms that undici takes. */
export type DispatchHeaders =
  | Record<string, string | string[]>
  | string[]
  | Iterable<[string, string | string[] | undefined]>
  | null

/** Field names in lower case; what came in several lines is an array. */
export type Incoming = Record<string, string | string[] | undefined>

/** How a handler of undici holds up, or breaks off, what it is given. */
export interface DispatchController {
  readonly aborted: boolean
  readonly paused: boolean
  readonly reason: Error | null
  rawHeaders?: unknown
  rawTrailers?: unknown
  abort(reason: Error): void
  pause(): void
  resume(): void
}

/** Who is told what comes; methods, so that undici's own types fit. */
export interface DispatchHandler {
  onRequestStart?(controller: DispatchController, context: unknown): void
  onRequestUpgrade?(
    controller: DispatchController,
    status: number,
    headers: Incoming,
    socket: never,
  ): void
  onResponseStart?(
    controller: DispatchController,
    status: number,
    headers: Incoming,
    reason?: string,
  ): void
  onResponseData?(controller: DispatchController, chunk: Buffer): void
  onResponseEnd?(controller: DispatchController, trailers: Incoming): void
  onResponseError?(controller: DispatchController, error: Error): void
}
