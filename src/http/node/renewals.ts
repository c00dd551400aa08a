import type { IncomingMessage } from 'node:http'
import type { HttpRequest, OriginResponse } from '../message.ts'
import { UnfinishedError } from './capture.ts'
import { type Pair, pairLike } from './renewal.ts'

type Claim = (reply: OriginResponse | Promise<OriginResponse>) => void

/**
 * Requests of the cache's own on their way through a chain, to where the cache is: a client's request
 * goes through it once, and its response may have been sent.
 */
export class Renewals {
  readonly #claims = new WeakMap<IncomingMessage, Claim>()

  /** Resolves with what is behind the cache; rejects where somebody before it would not let it pass. */
  send(
    original: IncomingMessage,
    target: string,
    request: HttpRequest,
    dispatch: (pair: Pair) => unknown,
  ): Promise<OriginResponse> {
    const pair = pairLike(original, target, request)
    return new Promise((resolve, reject) => {
      this.#claims.set(pair.message, resolve)
      const turnedAway = () => reject(new UnfinishedError('The renewal was turned away'))
      pair.response.once('finish', turnedAway)
      Promise.resolve(dispatch(pair)).catch(reject)
    })
  }

  /** Says that a message has arrived, and answers whom to give the reply; `undefined` for a client's. */
  claim(message: IncomingMessage): Claim | undefined {
    const claim = this.#claims.get(message)
    if (claim !== undefined) this.#claims.delete(message)
    return claim
  }
}
