import { once } from 'node:events'
import type { Writable } from 'node:stream'
import type { Body } from '../message.ts'

/** Bytes that are kept of a body, in case it must be sent once more. */
const mostKept = 64 * 1024

/** The body of a request. As long as it is short it can be sent again, from the beginning. */
export class ReplayableBody {
  readonly #rest: AsyncIterator<Uint8Array> | undefined
  readonly #kept: Uint8Array[] = []
  #size = 0
  #sending = Promise.resolve()

  constructor(body: Body | undefined) {
    if (body instanceof Uint8Array) this.#kept.push(body)
    else this.#rest = body?.[Symbol.asyncIterator]()
  }

  get replayable(): boolean {
    return this.#size <= mostKept
  }

  /**
   * Writes all of it, at the pace of whoever reads, and ends. Stops when `target` is destroyed; what
   * it waits for then is sent to the next one.
   */
  send(target: Writable): Promise<void> {
    this.#sending = this.#sending.then(() => this.#send(target))
    return this.#sending
  }

  async #send(target: Writable): Promise<void> {
    if (!this.replayable) throw new Error('The body of the request is too long to be sent again')
    for (const part of this.#kept) target.write(part)
    while (this.#rest !== undefined && !target.destroyed) {
      const next = await this.#rest.next()
      if (next.done) break
      this.#keep(next.value)
      if (!target.destroyed && !target.write(next.value)) await drained(target)
    }
    target.end()
  }

  #keep(part: Uint8Array): void {
    this.#size += part.length
    if (this.replayable) this.#kept.push(part)
    else this.#kept.length = 0
  }
}

async function drained(target: Writable): Promise<void> {
  const gone = new AbortController()
  const { signal } = gone
  const given = () => gone.abort()
  target.once('close', given)
  await once(target, 'drain', { signal }).catch(() => {})
  target.off('close', given)
}
