import { Agent, request } from 'undici'

const agent = new Agent({ connections: 16, pipelining: 1 })

export interface Got {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly bytes: Uint8Array
  readonly text: string
}

/** Asks, and waits for all of the answer. Rejects where it is cut off. */
export async function ask(
  url: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Got> {
  const { method = 'GET', headers = {}, body } = options
  const sent = { method, headers, body: body ?? null, dispatcher: agent }
  const answer = await request(url, sent as never)
  const bytes = new Uint8Array(await answer.body.arrayBuffer())
  return {
    status: answer.statusCode,
    headers: answer.headers,
    bytes,
    text: Buffer.from(bytes).toString(),
  }
}

export function isHit({ headers }: Got): boolean {
  return `${headers['cache-status']}`.includes('; hit')
}

/** The body of an answer, as it comes. */
export async function streamed(url: string, signal?: AbortSignal): Promise<AsyncIterable<Buffer>> {
  const { body } = await request(url, { dispatcher: agent, signal: signal ?? null })
  return body
}

/** A hit: who asks for a page that is on its way into the cache waits for it. */
export async function stored(url: string): Promise<Got> {
  await ask(url)
  return ask(url)
}
