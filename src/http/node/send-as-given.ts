import type { ServerResponse } from 'node:http'
import type { HttpResponse } from '../message.ts'
import { fieldValues } from '../page/field-values.ts'
import { endWith, giveHead, isWrapped } from './send-now.ts'

/**
 * Has the response of Node's server that `env` has, as that of `@hono/node-server` does, send an answer as `sendNow`
 * does, if it comes to `writeHead` and `end` unchanged: as the very fields and the very body that the Web response
 * was made of. Whoever has looked at that response's fields, or made another of it, has other ones sent.
 */
export function sendAsGiven(env: unknown, answer: HttpResponse): void {
  const response = outgoingOf(env)
  const { status, headers, body } = answer
  if (response === undefined || !(body instanceof Uint8Array)) return
  if (response.getHeaderNames().length > 0 || isWrapped(response)) return
  const { writeHead, end } = response
  const fields = fieldValues(headers)
  let head: ReturnType<typeof giveHead>
  response.writeHead = ((...args: unknown[]) => {
    if (args.length !== 2 || args[0] !== status || args[1] !== fields) {
      return Reflect.apply(writeHead, response, args)
    }
    head = giveHead(response, answer)
    return response
  }) as ServerResponse['writeHead']
  response.end = ((...args: unknown[]) => {
    if (head === undefined || args.length !== 1 || args[0] !== body) {
      return Reflect.apply(end, response, args)
    }
    const known = head
    head = undefined
    endWith(response, known, body)
    return response
  }) as ServerResponse['end']
}

/** The response of Node's server that `env` has. */
export function outgoingOf(env: unknown): ServerResponse | undefined {
  const outgoing = typeof env === 'object' && env !== null && 'outgoing' in env && env.outgoing
  return isOfNode(outgoing) ? outgoing : undefined
}

/** That of HTTP/2, and what other runtimes give for Node's, has no such head. */
function isOfNode(response: unknown): response is ServerResponse {
  return typeof response === 'object' && response !== null && '_header' in response
}
