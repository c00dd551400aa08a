import type { QueryCaching } from '../query-cache.ts'

const marks = new WeakMap<object, QueryCaching | boolean>()

/**
 * The same query, which asks for this. It is a copy: a builder without the plugin goes on with the
 * very node, and with the very id, of the one that it was made from.
 */
export function markedNode<Node extends object>(node: Node, caching: QueryCaching | boolean): Node {
  const copy = Object.freeze({ ...node })
  marks.set(copy, caching)
  return copy
}

/** What the query asks for; undefined where nothing was said. */
export function cachingOf(node: object): QueryCaching | boolean | undefined {
  return marks.get(node)
}
