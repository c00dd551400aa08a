import { bundle } from './bundle.ts'
import type { PageData } from './request-report.ts'

/**
 * What is put into a page: what happened, which no browser takes for a script, and the script that shows
 * it. All of it is ASCII, whatever the page is encoded in.
 */
export function snippet(data: PageData, nonce: string | undefined): string {
  const attribute = nonce === undefined ? '' : ` nonce="${nonce}"`
  return `<script type="application/json">${inScript(data)}</script><script${attribute}>${bundle.script}</script>`
}

/** Nothing in it can end the element that it is in, or begin another (HTML §4.12.1.3). */
function inScript(data: PageData): string {
  return JSON.stringify(data).replace(
    /[<>&\u007f-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
