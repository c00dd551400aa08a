import { unstable_cache } from 'next/cache'

export const revalidate = 600

/** Stands for a query. */
const readNews = async () => [`It is ${new Date().toISOString()}`]
const news = unstable_cache(readNews, ['news'], { revalidate: 3600, tags: ['news'] })

/** Has the tags of the data that it shows. */
export default async function Page() {
  return (
    <>
      <h1>News</h1>
      {(await news()).map((item) => (
        <p key={item}>{item}</p>
      ))}
    </>
  )
}
