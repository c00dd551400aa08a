import type { Desk } from './desk.ts'
import { askedOf, responseOf, tappedResponse } from './web-response.ts'

/** What of a Hono context is made use of. */
export interface ToolbarHonoContext {
  readonly req: { raw: Request }
  get res(): Response
  set res(response: Response | undefined)
}

/** For `app.use`. */
export type ToolbarHonoMiddleware<C = unknown> = (
  context: C & ToolbarHonoContext,
  next: () => Promise<void>,
) => Promise<Response | undefined>

export function honoToolbar<C>(desk: Desk<C> | undefined): ToolbarHonoMiddleware<C> {
  if (desk === undefined) {
    return async (_, next) => {
      await next()
      return undefined
    }
  }
  return async (context, next) => {
    const { raw } = context.req
    const asked = askedOf(raw)
    const admitted = await desk.admits(context)
    const answer = admitted ? desk.answer(asked) : undefined
    if (answer !== undefined) return responseOf(answer, raw)
    if (!admitted) {
      await next()
      return undefined
    }
    const visit = desk.open(context, asked)
    await visit.run(next)
    const tapped = tappedResponse(context.res, visit)
    // Hono adds the fields of the response before to a new one, unless that has gone.
    context.res = undefined
    context.res = tapped
    return undefined
  }
}
