import { ask } from '../origin.js'

export const revalidate = 3600

/** A page with a time, made when the site is built as well. */
export default async function News() {
  return <p>{await ask('news', { next: { tags: ['news'] } })}</p>
}
