import { cacheLife, cacheTag } from 'next/cache'
import { ask } from '../../origin.js'

export const dynamic = 'force-dynamic'

async function post(id) {
  'use cache'
  cacheLife('hours')
  cacheTag('posts', `post-${id}`)
  const text = await ask(`post-${id}`, { cache: 'no-store' })
  return { text, at: new Date(0), parts: new Map([[id, 'é'.repeat(100_000)]]) }
}

/** What is cached is the value, which comes as a stream. */
export default async function Post({ params }) {
  const { id } = await params
  const { text, at, parts } = await post(id)
  return (
    <p>
      {text}, {at.getTime()}, {parts.get(id).length}
    </p>
  )
}
