import type { ServerResponse } from 'node:http'

/** Lets a response that has been sent take what a framework does to it still, without effect. */
export function silence(response: ServerResponse): void {
  const same = () => response
  const setters = { setHeader: same, appendHeader: same, setHeaders: same, removeHeader: () => {} }
  Object.assign(response, { ...setters, writeHead: same, write: () => true, end: same })
}
