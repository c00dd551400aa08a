import type { FragmentOptions, Fragments } from './fragments.ts'

/** What is needed of a JSX library; `Html` is a string, or the promise of one. */
export interface JsxRenderer<Node, Html> {
  /** The HTML of a node. */
  render(node: Node): Html
  /** A node that is this HTML, without escaping it again. */
  raw(html: string): Node
}

/** `<Cached name="sidebar" varyOn={[user.id]} ttl="10m">{() => <Sidebar />}</Cached>` */
export interface CachedProps<Children> extends FragmentOptions {
  /** Names the part: with `varyOn` it is its key. */
  readonly name: string
  /** @default [] */
  readonly varyOn?: readonly unknown[] | undefined
  /** Called if it is not in the cache. Contexts from around it do not reach into it. */
  readonly children: () => Children
}

/** A component for libraries that render in one turn, such as Preact's `renderToString`: `fragmentSync`'s. */
export function createCachedSync<Node>(
  fragments: Fragments,
  { render, raw }: JsxRenderer<Node, string>,
): (props: CachedProps<Node>) => Node {
  return ({ name, varyOn = [], children, ...options }) =>
    raw(fragments.fragmentSync(name, varyOn, () => render(children()), options))
}

/** A component for libraries whose components may be asynchronous, such as Hono's. */
export function createCached<Node>(
  fragments: Fragments,
  { render, raw }: JsxRenderer<Node, string | PromiseLike<string>>,
): (props: CachedProps<Node | PromiseLike<Node>>) => Promise<Node> {
  return async ({ name, varyOn = [], children, ...options }) => {
    // Some mark HTML that is escaped by making an object of the string.
    const content = async () => String(await render(await children()))
    return raw(await fragments.fragment(name, varyOn, content, options))
  }
}

/**
 * A component for libraries that wait for what a component throws, and then call it again with the
 * same props, such as Preact's `renderToStringAsync`.
 */
export function createCachedSuspending<Node>(
  fragments: Fragments,
  renderer: JsxRenderer<Node, string | PromiseLike<string>>,
): (props: CachedProps<Node | PromiseLike<Node>>) => Node {
  const cached = createCached(fragments, renderer)
  const ready = new WeakMap<object, Node>()
  return (props) => {
    const node = ready.get(props)
    if (node !== undefined) return node
    throw cached(props).then((made) => void ready.set(props, made))
  }
}
