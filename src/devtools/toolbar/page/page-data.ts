import type { PageData } from '../request-report.ts'

/** What the server has put before this script; both leave the page as it was written. */
export function takePageData(): PageData | undefined {
  const script = document.currentScript
  const data = script?.previousElementSibling
  const text = data?.textContent
  script?.remove()
  data?.remove()
  return typeof text === 'string' ? JSON.parse(text) : undefined
}
