import { unstable_cache } from 'next/cache'
import { ask } from '../../origin.js'

export const generateStaticParams = () => []

const menu = unstable_cache(() => ask('menu', { cache: 'no-store' }), ['menu'], { tags: ['menu'] })

/** A page for ever, made when it is first asked for, with data that others share. */
export default async function Shelf({ params }) {
  const { id } = await params
  const shelf = await ask(`shelf-${id}`, { cache: 'force-cache', next: { tags: [`shelf-${id}`] } })
  return (
    <p>
      {await menu()}, {shelf}
    </p>
  )
}
