import type { RequestListener } from 'node:http'
import type { Cache } from 'hotset'
import type { Pages } from './pages.ts'
import { problemView } from './views.ts'

interface Answer {
  readonly status: number
  readonly body: string
}

/** Serves the pages. Their content goes through the cache; the markup is made for each request. */
export function createSite(pages: Pages, cache: Pick<Cache, 'getOrSet'>): RequestListener {
  const answer = async (url: URL): Promise<Answer> => {
    const page = pages(url)
    if (!page) return notFound
    const content = await cache.getOrSet(page.key, (context) => {
      const loaded = page.load()
      if (loaded !== undefined) context.tags = page.tags(loaded)
      return loaded
    })
    return content === undefined ? notFound : { status: 200, body: page.view(content) }
  }

  return async (request, response) => {
    const { method, url = '/' } = request
    const { status, body } =
      method !== 'GET' && method !== 'HEAD'
        ? notAllowed
        : await answer(new URL(`http://atlas${url}`)).catch(failed)
    response.writeHead(status, {
      'content-type': 'text/html; charset=utf-8',
      'content-length': Buffer.byteLength(body),
    })
    response.end(method === 'HEAD' ? undefined : body)
  }
}

const notFound: Answer = {
  status: 404,
  body: problemView('Not found', 'There is no such page. Search for a place above.'),
}

const notAllowed: Answer = {
  status: 405,
  body: problemView('Not allowed', 'The atlas can only be read.'),
}

function failed(error: unknown): Answer {
  console.error(error)
  return { status: 500, body: problemView('Failed', 'The page could not be made. Try again.') }
}
