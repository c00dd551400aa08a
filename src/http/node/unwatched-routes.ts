import type { IncomingMessage, ServerResponse } from 'node:http'
import { isWrapped } from './send-now.ts'

/** What of requests and replies has to be known. */
interface Asked {
  readonly raw: IncomingMessage
}
interface Replied {
  readonly raw: ServerResponse
}

/** What Fastify keeps on an object under a symbol of its own, of which only the name is known. */
function hidden(name: string): (object: object) => unknown {
  let symbol: symbol | undefined
  return (object) => {
    if (symbol === undefined || !Object.hasOwn(object, symbol)) {
      symbol = Object.getOwnPropertySymbols(object).find(({ description }) => description === name)
    }
    return symbol && Reflect.get(object, symbol)
  }
}

/** The route, with all hooks that run for it: those of the instances around it, and its own. */
const routeOf = hidden('fastify.context')
/** `null` for none. */
const trailersOf = hidden('fastify.reply.trailers')

/** Whether something is to be sent after the body; where that cannot be told, it is taken to be so. */
export function hasTrailers(reply: object): boolean {
  return trailersOf(reply) !== null
}

/**
 * Tells the routes on which nobody but one hook of ours comes between `reply.send` and the connection: what that
 * would send may then be sent without it. What it cannot tell, as of a Fastify that keeps its hooks
 * elsewhere, it takes for watched.
 */
export class UnwatchedRoutes {
  readonly #routes = new WeakSet<object>()

  /** The hook `onSend` runs for this request: if its route has a single one, that is it. */
  learn(request: Asked): void {
    const route = routeOf(request)
    if (typeof route !== 'object' || route === null || !('onSend' in route)) return
    const { onSend } = route
    if (Array.isArray(onSend) && onSend.length === 1) this.#routes.add(route)
  }

  /** Whether a reply is that of such a route, and nobody before has set about to send it otherwise. */
  has(request: Asked, reply: Replied): boolean {
    return (
      this.#routes.has(routeOf(request) as object) &&
      !hasTrailers(reply) &&
      request.raw.httpVersionMajor === 1 &&
      !Object.hasOwn(reply, 'send') &&
      !isWrapped(reply.raw)
    )
  }
}
