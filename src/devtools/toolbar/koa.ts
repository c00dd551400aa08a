import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Desk } from './desk.ts'
import { askedOf, sendAnswer, tapResponse } from './node-response.ts'

/** What of a Koa context is made use of. */
export interface ToolbarKoaContext {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  respond?: boolean | undefined
}

/** For `app.use`. */
export type ToolbarKoaMiddleware<C = unknown> = (
  context: C & ToolbarKoaContext,
  next: () => Promise<unknown>,
) => Promise<void>

export function koaToolbar<C>(desk: Desk<C> | undefined): ToolbarKoaMiddleware<C> {
  if (desk === undefined) return async (_, next) => void (await next())
  return async (context, next) => {
    const admitted = desk.admits(context)
    if (!(typeof admitted === 'boolean' ? admitted : await admitted)) return void (await next())
    const { req, res } = context
    const asked = askedOf(req)
    const answer = desk.answer(asked)
    if (answer !== undefined) {
      context.respond = false
      return sendAnswer(req, res, answer)
    }
    const visit = desk.open(context, asked)
    tapResponse(res, visit)
    // What sends a stream follows the chain, and is not called by it.
    visit.enter()
    await next()
  }
}
