/** The page, as `scripts/bundle-dashboard.mjs` makes it of what is in `page/`. */
export interface Bundle {
  readonly script: string
  readonly style: string
  /** Of each, as a Content-Security-Policy wants them. */
  readonly hashes: { readonly script: string; readonly style: string }
}

/**
 * Where the build puts it: the same place for this file in `src` and in `dist`. What is published finds
 * it beside itself, by a name that bundlers understand.
 */
const built = new URL('../../../dist/devtools/dashboard/page.js', import.meta.url)

export const bundle: Bundle = (await import(built.href)).bundle
