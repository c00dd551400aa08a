import { revalidateTag } from 'next/cache'

// Data and pages with the tag are gone, in all processes. Let only those purge who may.
export function POST() {
  revalidateTag('news', { expire: 0 })
  return new Response(null, { status: 204 })
}
