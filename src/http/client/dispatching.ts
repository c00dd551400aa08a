/** What undici 7 calls for a request, as far as an interceptor has to know it. */
export type Dispatch = (options: DispatchOptions, handler: DispatchHandler) => boolean

export interface DispatchOptions {
  readonly origin?: string | URL | undefined
  readonly path: string
  readonly method: string
  readonly headers?: DispatchHeaders | undefined
  readonly query?: Readonly<Record<string, unknown>> | null | undefined
  readonly body?: unknown
  readonly upgrade?: unknown
  readonly expectContinue?: boolean | undefined
}

export type DispatchHeaders =
  | Readonly<Record<string, string | string[] | undefined>>
  | readonly string[]
  | Iterable<readonly [string, string | string[] | undefined]>
  | null

/** Field names in lower case; what came in several lines is an array. */
export type Incoming = Record<string, string | string[] | undefined>

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
