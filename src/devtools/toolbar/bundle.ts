/** What runs in the page, as `scripts/bundle-toolbar.mjs` makes it of what is in `page/`. */
export interface Bundle {
  /** ASCII alone, and nothing that would end a script. */
  readonly script: string
}

/**
 * Where the build puts it: the same place for this file in `src` and in `dist`. What is published finds
 * it beside itself, by a name that bundlers understand.
 */
const built = new URL('../../../dist/devtools/toolbar/page.js', import.meta.url)

export const bundle: Bundle = (await import(built.href)).bundle
