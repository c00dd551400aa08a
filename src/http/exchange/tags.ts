import { sha256 } from '../../kernel/sha256.ts'

/** The engine's tags begin with their kind; what surrogate keys name is a tag of the cache as it is. */
const surrogate = 'tag:'
/** The cache allows 512 characters; what is longer is in a tag by its digest. */
const longest = 400

/**
 * The cache's tag for one of the engine's. A `Surrogate-Key` or `Cache-Tag` is that very tag, so that
 * `cache.invalidate('product:1')` reaches pages and data alike.
 */
export function tagOf(tag: string): string {
  return short(tag.startsWith(surrogate) ? tag.slice(surrogate.length) : `http:${tag}`)
}

/** What all that is stored for a URL is tagged with. */
export function urlTag(url: string): string {
  return short(`http:url:${url}`)
}

function short(tag: string): string {
  return tag.length > longest ? `http:#${sha256(tag)}` : tag
}
