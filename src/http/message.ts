/**
 * Field lines as they came, in order: name, value, name, value … as Node's `rawHeaders`. Lines of one
 * name are not joined, and names keep their case; whoever looks for one compares without.
 */
export type FieldLines = readonly string[]

/** A request without its body. */
export interface RequestHead {
  /** As it was sent: methods are told apart by case. */
  readonly method: string
  /** The target in absolute form, without a fragment: scheme, host, port, path and query. */
  readonly url: string
  /** The field lines, as they came. */
  readonly headers: FieldLines
}

/** A response without its body. */
export interface ResponseHead {
  /** 200 to 599: an interim response is passed on, and never cached. */
  readonly status: number
  /** The reason phrase; empty where the protocol has none. */
  readonly reason: string
  /** The field lines, as they came. */
  readonly headers: FieldLines
}

/** What comes in parts fails by throwing: a body that just ends is complete. */
export type Body = Uint8Array | AsyncIterable<Uint8Array>

/** A request as the cache is asked, with its body. */
export interface HttpRequest extends RequestHead {
  /** Missing where there is none. */
  readonly body?: Body | undefined
  /** Aborted when whoever asked has gone. */
  readonly signal?: AbortSignal | undefined
  /** Nobody waits for the response: what was served stale is renewed. @default false */
  readonly background?: boolean | undefined
}

/** A response as the cache answers it, with its body. */
export interface HttpResponse extends ResponseHead {
  /** Missing where there is none, as in an answer to HEAD and in 204 and 304. */
  readonly body?: Body | undefined
}

/** A response as an origin answers it. */
export interface OriginResponse extends HttpResponse {
  /**
   * The field lines that others add to it when it is sent to the client, such as the cookie of a session: what they
   * say is heeded before it is stored. `undefined` where it was not sent, and nobody can tell. @default none
   */
  readonly added?: Promise<FieldLines | undefined> | undefined
}

/** Answers a request without a cache: the application, the next server, the network. */
export type Origin = (request: HttpRequest) => Promise<OriginResponse>
