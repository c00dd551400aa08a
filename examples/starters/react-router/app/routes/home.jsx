/** Stands for a query. */
const readNews = async () => [`It is ${new Date().toISOString()}`]

export const loader = ({ context: { cache } }) =>
  cache.getOrSet('news', readNews, { ttl: '1h', tags: ['news'] })

export default ({ loaderData }) => loaderData.map((item) => <p key={item}>{item}</p>)
