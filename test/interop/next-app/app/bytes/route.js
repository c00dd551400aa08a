import { ask } from '../origin.js'

export const dynamic = 'force-static'

/** Bytes that are no text. */
export async function GET() {
  const text = await ask('bytes', { next: { tags: ['bytes'] } })
  return new Response(new Uint8Array([0, 255, 254, ...new TextEncoder().encode(text)]))
}
