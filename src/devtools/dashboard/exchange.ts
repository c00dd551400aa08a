/** A request, as much as the dashboard looks at, wherever it came from. */
export interface Asked {
  readonly method: string
  /** What comes after the `?` of the target. */
  readonly query: string
  /** By its name in lower case. */
  header(name: string): string | undefined
  /** The message in the body. @throws SyntaxError for what is no JSON; TooLargeError */
  message(): Promise<unknown>
}

/** A response, to be sent as it is. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Most bytes of a message: a key has at most 4,096 characters, of up to six bytes in JSON. */
const longestMessage = 65_536

export class TooLargeError extends Error {}

export function webAsked(request: Request): Asked {
  return {
    method: request.method,
    query: new URL(request.url).search.slice(1),
    header: (name) => request.headers.get(name) ?? undefined,
    message: () => messageIn(request.body ?? []),
  }
}

/** The slice of a request of `node:http` that is used; `body` is what a framework has read already. */
export interface NodeRequest extends AsyncIterable<Uint8Array> {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body?: unknown
}

/** The slice of a response of `node:http` that is used. */
export interface NodeResponse {
  writeHead(status: number, headers: Record<string, string>): unknown
  end(text?: string): unknown
}

export function nodeAsked(request: NodeRequest): Asked {
  const { method = 'GET', url = '/', headers } = request
  const mark = url.indexOf('?')
  return {
    method,
    query: mark === -1 ? '' : url.slice(mark + 1),
    header: (name) => [headers[name]].flat().join(', ') || undefined,
    async message() {
      const { body } = request
      if (body === undefined) return messageIn(request)
      return typeof body === 'string' ? JSON.parse(body) : body
    },
  }
}

async function messageIn(chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>) {
  const decoder = new TextDecoder()
  let text = ''
  let length = 0
  for await (const chunk of chunks) {
    length += chunk.length
    if (length > longestMessage) throw new TooLargeError()
    text += decoder.decode(chunk, { stream: true })
  }
  return JSON.parse(text + decoder.decode())
}
