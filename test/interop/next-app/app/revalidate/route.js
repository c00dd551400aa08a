import { revalidatePath, revalidateTag } from 'next/cache'

export async function POST(request) {
  const { path, tag, profile } = await request.json()
  if (path !== undefined) revalidatePath(path)
  if (tag !== undefined) revalidateTag(tag, profile)
  return new Response('done')
}
