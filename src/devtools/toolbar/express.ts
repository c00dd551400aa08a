import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Desk } from './desk.ts'
import { askedOf, sendAnswer, tapResponse } from './node-response.ts'

/** For `app.use` of Express, Nest, Connect and what is like them. */
export type ToolbarMiddleware<R = unknown> = (
  request: R & IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void

export function expressToolbar<R>(desk: Desk<R> | undefined): ToolbarMiddleware<R> {
  if (desk === undefined) return (_request, _response, next) => next()
  return (request, response, next) => {
    const proceed = (admitted: boolean) => {
      if (!admitted) return next()
      const asked = askedOf(request)
      const answer = desk.answer(asked)
      if (answer !== undefined) return sendAnswer(request, response, answer)
      const visit = desk.open(request, asked)
      tapResponse(response, visit)
      visit.run(next)
    }
    const admitted = desk.admits(request)
    if (typeof admitted === 'boolean') proceed(admitted)
    else admitted.then(proceed).catch(next)
  }
}
