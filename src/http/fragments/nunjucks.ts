import type { Duration } from '../../contracts/cache.ts'
import type { FragmentOptions, Fragments } from './fragments.ts'

/** The slice of Nunjucks that is needed. */
export interface NunjucksLike<Safe> {
  readonly runtime: { readonly SafeString: new (html: string) => Safe }
}

interface Parser<Token, Node> {
  nextToken(): Token
  parseSignature(throughParentheses: null, withoutParentheses: true): Node
  advanceAfterBlockEnd(name?: string): void
  parseUntilBlocks(...names: string[]): Node
}

interface TagToken {
  readonly value: string
}

interface Nodes<Node> {
  readonly CallExtension: Call<Node>
  readonly CallExtensionAsync: Call<Node>
}

type Call<Node> = new (extension: object, method: string, args: Node, content: Node[]) => Node

type Callback = (error: unknown, html?: unknown) => void

/** A custom tag, as Nunjucks wants it. */
export interface NunjucksExtension {
  readonly tags: string[]
  parse<Node>(parser: Parser<TagToken, Node>, nodes: Nodes<Node>): Node
  run(context: unknown, ...args: unknown[]): unknown
}

/**
 * The tag `{% cache '10m', 'sidebar', user.id, locale, tags=['menu'] %}…{% endcache %}`: a lifetime,
 * a name, what it varies on. Add it to an environment, `env.addExtension('cache', extension)`, and
 * render with a callback, as for every asynchronous tag.
 */
export function nunjucksCache<Safe>(
  fragments: Fragments,
  { runtime }: NunjucksLike<Safe>,
): NunjucksExtension {
  return tag('CallExtensionAsync', (args, body: (done: Callback) => void, done: Callback) => {
    const { name, varyOn, options } = readArguments(args)
    const render = () =>
      new Promise<string>((resolve, reject) => {
        body((error, html) => (error ? reject(error) : resolve(String(html))))
      })
    fragments
      .fragment(name, varyOn, render, options)
      .then((html) => done(null, new runtime.SafeString(html)))
      // Of the rest of the template too: Nunjucks renders it when it is called back, and catches nothing.
      .catch(done)
  })
}

/** As `nunjucksCache`, for templates that are rendered without a callback: it is `fragmentSync`'s. */
export function nunjucksCacheSync<Safe>(
  fragments: Fragments,
  { runtime }: NunjucksLike<Safe>,
): NunjucksExtension {
  return tag('CallExtension', (args, body: () => unknown) => {
    const { name, varyOn, options } = readArguments(args)
    return new runtime.SafeString(
      fragments.fragmentSync(name, varyOn, () => String(body()), options),
    )
  })
}

/** Nunjucks calls `run` with its context, the tag's arguments, the body, and a callback if asynchronous. */
function tag<Rest extends unknown[]>(
  kind: 'CallExtension' | 'CallExtensionAsync',
  render: (args: unknown[], ...rest: Rest) => unknown,
): NunjucksExtension {
  const after = kind === 'CallExtension' ? 1 : 2
  return {
    tags: ['cache'],
    parse(parser, nodes) {
      const { value } = parser.nextToken()
      const args = parser.parseSignature(null, true)
      parser.advanceAfterBlockEnd(value)
      const body = parser.parseUntilBlocks('endcache')
      parser.advanceAfterBlockEnd()
      return new nodes[kind](this, 'run', args, [body])
    },
    run: (_context, ...args) => {
      const rest = args.splice(-after) as Rest
      return render(args, ...rest)
    },
  }
}

/** Keywords come last, as one object that says what it is. */
function readArguments(args: readonly unknown[]): {
  readonly name: string
  readonly varyOn: readonly unknown[]
  readonly options: FragmentOptions
} {
  const last = args.at(-1)
  const hasKeywords = typeof last === 'object' && last !== null && '__keywords' in last
  const { tags } = (hasKeywords ? last : {}) as { readonly tags?: readonly string[] }
  const [ttl, name, ...varyOn] = hasKeywords ? args.slice(0, -1) : args
  return { name: name as string, varyOn, options: { ttl: ttl as Duration | null, tags } }
}
