// hotset/fragments

export interface CachedProps<Children> extends FragmentOptions {
  readonly name: string;
  readonly varyOn?: readonly unknown[] | undefined;
  readonly children: () => Children;
}

export type DjangoVaryOn = string | number | bigint | boolean | null;

export interface FragmentOptions extends Omit<LoadOptions, 'version' | 'negativeTtl'> {
  readonly outlive?: boolean | undefined;
}

export interface Fragments {
  fragment(name: string, varyOn: readonly unknown[], render: Render, options?: FragmentOptions): Promise<string>;
  fragmentSync(name: string, varyOn: readonly unknown[], render: RenderSync, options?: FragmentOptions): string;
  invalidateFragment(name: string, varyOn?: readonly unknown[]): Promise<void>;
  settled(): Promise<void>;
}

export interface FragmentsOptions extends Omit<FragmentOptions, 'signal' | 'refresh'> {
  readonly clock?: Clock | undefined;
}

export interface JsxRenderer<Node, Html> {
  render(node: Node): Html;
  raw(html: string): Node;
}

export interface NunjucksExtension {
  readonly tags: string[];
  parse<Node>(parser: Parser<TagToken, Node>, nodes: Nodes<Node>): Node;
  run(context: unknown, ...args: unknown[]): unknown;
}

export interface NunjucksLike<Safe> {
  readonly runtime: {
    readonly SafeString: new (html: string) => Safe;
  };
}

export type Render = (inner: Fragments) => string | PromiseLike<string>;

export type RenderSync = (inner: Fragments) => string;

export declare function createCached<Node>(fragments: Fragments, { render, raw }: JsxRenderer<Node, string | PromiseLike<string>>): (props: CachedProps<Node | PromiseLike<Node>>) => Promise<Node>;

export declare function createCachedSuspending<Node>(fragments: Fragments, renderer: JsxRenderer<Node, string | PromiseLike<string>>): (props: CachedProps<Node | PromiseLike<Node>>) => Node;

export declare function createCachedSync<Node>(fragments: Fragments, { render, raw }: JsxRenderer<Node, string>): (props: CachedProps<Node>) => Node;

export declare function createFragments(cache: Cache, options?: FragmentsOptions): Fragments;

export declare function djangoFragmentKey(name: string, varyOn?: readonly DjangoVaryOn[]): string;

export declare function handlebarsCache(fragments: Fragments): (this: unknown, ...args: unknown[]) => string;

export declare function makeFragmentKey(name: string, varyOn?: readonly unknown[]): string;

export declare function nunjucksCache<Safe>(fragments: Fragments, { runtime }: NunjucksLike<Safe>): NunjucksExtension;

export declare function nunjucksCacheSync<Safe>(fragments: Fragments, { runtime }: NunjucksLike<Safe>): NunjucksExtension;

// Named above, and exported by no entry:

type Call<Node> = new (extension: object, method: string, args: Node, content: Node[]) => Node;

interface Nodes<Node> {
  readonly CallExtension: Call<Node>;
  readonly CallExtensionAsync: Call<Node>;
}

interface Parser<Token, Node> {
  nextToken(): Token;
  parseSignature(throughParentheses: null, withoutParentheses: true): Node;
  advanceAfterBlockEnd(name?: string): void;
  parseUntilBlocks(...names: string[]): Node;
}

interface TagToken {
  readonly value: string;
}
