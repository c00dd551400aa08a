import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Desk } from './desk.ts'
import { askedOf, sendAnswer, tapResponse } from './node-response.ts'

/** What of a Fastify request and its reply is made use of. */
interface FastifyRequest {
  readonly raw: IncomingMessage
}
interface FastifyReply {
  readonly raw: ServerResponse
  hijack(): unknown
}

type Hook = (request: FastifyRequest, reply: FastifyReply, done: () => void) => void

/** What of a Fastify instance is made use of. */
export interface ToolbarFastifyInstance {
  addHook(name: 'onRequest', hook: Hook): unknown
}

/** For `app.register`. */
export type ToolbarFastifyPlugin = (
  instance: ToolbarFastifyInstance,
  options: unknown,
  done: () => void,
) => void

export function fastifyToolbar<R>(desk: Desk<R> | undefined): ToolbarFastifyPlugin {
  const plugin: ToolbarFastifyPlugin = (instance, _, done) => {
    if (desk !== undefined) addHooks(instance, desk)
    done()
  }
  // As `fastify-plugin` does: the hooks are for the instance, and not for what the plugin itself adds.
  return Object.assign(plugin, { [Symbol.for('skip-override')]: true })
}

function addHooks<R>(instance: ToolbarFastifyInstance, desk: Desk<R>): void {
  instance.addHook('onRequest', (request, reply, done) => {
    const { raw } = request
    const proceed = (admitted: boolean) => {
      if (!admitted) return done()
      const asked = askedOf(raw)
      const answer = desk.answer(asked)
      if (answer !== undefined) {
        reply.hijack()
        return sendAnswer(raw, reply.raw, answer)
      }
      const visit = desk.open(request as FastifyRequest & R, asked)
      tapResponse(reply.raw, visit)
      visit.run(done)
    }
    const admitted = desk.admits(request as FastifyRequest & R)
    if (typeof admitted === 'boolean') proceed(admitted)
    else admitted.then(proceed)
  })
}
