import type { Cache, Duration } from '../../contracts/cache.ts'
import type { Clock } from '../../contracts/clock.ts'
import { webResponse } from '../../http/client/web-response.ts'
import { stampSource } from '../../kernel/random.ts'
import { Serial } from '../../kernel/serial.ts'
import { sha256 } from '../../kernel/sha256.ts'
import { forEver } from '../exact-life.ts'
import { KeyList } from '../key-list.ts'
import { answers, type KeptRequest, varyOf, type WebQuery } from './requests.ts'

/** A request on a shelf, and where its response is. */
interface Row extends KeptRequest {
  readonly id: string
  /** Rows are in the order of these: epoch milliseconds, and fractions for those of one. */
  readonly order: number
}

interface KeptResponse {
  readonly status: number
  readonly reason: string
  readonly headers: readonly string[]
  readonly url: string
  readonly redirected: boolean
  readonly body: Uint8Array | null
}

const shelfPrefix = 'shelf '
/** Most responses that differ in what follows `?`, or in their variant. */
const mostOfPath = 1000

/**
 * The "request response list" of the specification. Under a URL without what follows `?` there is a
 * shelf with all requests for it, under each of their ids a response: only that says that it is there,
 * so a shelf that another process wrote at the same time costs a response, and brings none back.
 */
export class RequestResponses {
  readonly #cache: Cache
  readonly #list: KeyList
  readonly #clock: Clock
  readonly #lifetime: (response: Response) => Duration | null
  readonly #newId = stampSource()
  readonly #shelves = new Serial()
  #last = 0

  constructor(cache: Cache, clock: Clock, lifetime: (response: Response) => Duration | null) {
    this.#cache = cache
    this.#list = new KeyList(cache)
    this.#clock = clock
    this.#lifetime = lifetime
  }

  /** The responses for a request, or all there are, the oldest first. */
  async find(
    request: Request | undefined,
    query: WebQuery = {},
    most: number = Infinity,
  ): Promise<Response[]> {
    return (await this.#entries(request, query)).slice(0, most).map(([, kept]) => responseOf(kept))
  }

  async requests(request: Request | undefined, query: WebQuery = {}): Promise<Request[]> {
    return (await this.#entries(request, query)).map(
      ([{ url, headers }]) =>
        new Request(url, { headers: headers.map(([name, value]) => [name, value]) }),
    )
  }

  /** Stores all or, where one of them would take the place of another, throws. */
  async putAll(pairs: readonly (readonly [Request, Response])[]): Promise<void> {
    const kept = await Promise.all(pairs.map((pair) => this.#read(...pair)))
    for (const [at, { row }] of kept.entries()) {
      const before = kept.slice(0, at).map((other) => other.row)
      const request = pairs[at]?.[0] as Request
      if (before.some((other) => answers(other, request, {}))) {
        throw new DOMException(`"${row.url}" is to be stored twice at once`, 'InvalidStateError')
      }
    }
    for (const [at, { row, response, ttl }] of kept.entries()) {
      await this.#cache.set(row.id, response, { ttl })
      await this.#replace(pairs[at]?.[0] as Request, {}, row)
    }
  }

  /** Answers whether there was one. */
  async delete(request: Request, query: WebQuery = {}): Promise<boolean> {
    return (await this.#replace(request, query)) > 0
  }

  /** Takes what answers the request from its shelf, and puts `row` there. */
  #replace(request: Request, query: WebQuery, row?: Row): Promise<number> {
    const key = shelfKey(request.url)
    return this.#shelves.run(key, async () => {
      const rows = (await this.#cache.get<readonly Row[]>(key)) ?? []
      const gone = rows.filter((other) => answers(other, request, query))
      const stay = rows.filter((other) => !gone.includes(other))
      const next = row === undefined ? stay : [...stay, row]
      const over = next.splice(0, Math.max(0, next.length - mostOfPath))
      if (next.length === 0) await this.#cache.delete(key)
      else await this.#cache.set(key, next, forEver)
      await this.#list.note(key)
      const removed = await this.#cache.deleteMany(gone.map(({ id }) => id))
      await this.#cache.deleteMany(over.map(({ id }) => id))
      return removed
    })
  }

  async #entries(request: Request | undefined, query: WebQuery): Promise<[Row, KeptResponse][]> {
    const rows = (await this.#rows(request)).filter(
      (row) => request === undefined || answers(row, request, query),
    )
    const found = await this.#cache.getMany<KeptResponse>(rows.map(({ id }) => id))
    return rows
      .sort((a, b) => a.order - b.order)
      .flatMap((row): [Row, KeptResponse][] => {
        const response = found.get(row.id)
        return response === undefined ? [] : [[row, response]]
      })
  }

  async #rows(request: Request | undefined): Promise<Row[]> {
    if (request !== undefined) {
      return [...((await this.#cache.get<readonly Row[]>(shelfKey(request.url))) ?? [])]
    }
    const shelves = await this.#list.entries<readonly Row[]>(shelfPrefix)
    return shelves.flatMap(([, rows]) => rows)
  }

  async #read(
    request: Request,
    response: Response,
  ): Promise<{ row: Row; response: KeptResponse; ttl: Duration | null }> {
    const ttl = this.#lifetime(response)
    const { url, redirected, status, statusText: reason } = response
    const headers = [...response.headers].filter(([name]) => name !== 'set-cookie').flat()
    const body = response.body === null ? null : new Uint8Array(await response.arrayBuffer())
    this.#last = Math.max(this.#clock.now(), this.#last + 1 / 1024)
    const row = {
      id: this.#newId().join('.'),
      order: this.#last,
      url: request.url,
      headers: [...request.headers],
      vary: varyOf(response),
    }
    return { row, response: { status, reason, headers, url, redirected, body }, ttl }
  }
}

/** Longer URLs are in keys by their digest. */
function shelfKey(url: string): string {
  const { origin, pathname } = new URL(url)
  const path = origin + pathname
  return shelfPrefix + (path.length > 2000 ? `#${sha256(path)}` : path)
}

function responseOf({ status, reason, headers, url, redirected, body }: KeptResponse): Response {
  const message = { status, reason, headers, body: body ?? undefined }
  return webResponse(message, { url, redirected }, new AbortController().signal)
}
