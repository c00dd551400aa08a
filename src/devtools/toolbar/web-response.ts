import type { Answer, Visit } from './desk.ts'
import type { HtmlInjector } from './html-injector.ts'
import type { Asked, PageHead } from './page-head.ts'

export function askedOf(request: Request): Asked {
  const { method, url, headers } = request
  const { pathname, search } = new URL(url)
  return { method, path: pathname + search, header: (name) => headers.get(name) ?? undefined }
}

export function responseOf({ status, headers, body }: Answer, request: Request): Response {
  return new Response(request.method === 'HEAD' ? null : body, { status, headers })
}

/** A response like the one given, as it is after a visit. */
export function tappedResponse(response: Response, visit: Visit): Response {
  // What switches protocols cannot be made again.
  if (response.status < 200) return response
  const copy = new Response(response.body, response)
  const injector = visit.atHead(headOf(copy))
  if (injector === undefined || copy.body === null) {
    visit.complete()
    return copy
  }
  const complete = () => visit.complete()
  return new Response(copy.body.pipeThrough(through(injector, complete)), copy)
}

function headOf({ status, headers }: Response): PageHead {
  const get = (name: string) => headers.get(name) ?? []
  return {
    status,
    get: (name) => [get(name)].flat(),
    set: (name, value) => headers.set(name, value),
    remove: (name) => headers.delete(name),
  }
}

function through(
  injector: HtmlInjector,
  complete: () => void,
): TransformStream<Uint8Array, Uint8Array> {
  return new TransformStream({
    transform(chunk, controller) {
      const part = injector.push(chunk)
      if (part.length > 0) controller.enqueue(part)
    },
    flush(controller) {
      controller.enqueue(injector.finish())
      complete()
    },
  })
}
