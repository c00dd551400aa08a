import { Agent, request } from 'undici'
import type { RequestReport } from '../../../src/devtools/toolbar.ts'

const agent = new Agent({ connections: 16, pipelining: 1 })

export interface Got {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  /** The request's, if the toolbar saw it. */
  readonly id: string | undefined
}

/** As a browser asks when somebody opens a page. */
export const opening = { 'sec-fetch-dest': 'document', accept: 'text/html,*/*;q=0.8' }

export async function ask(
  url: string,
  headers: Readonly<Record<string, string>> = opening,
  method = 'GET',
): Promise<Got> {
  const answer = await request(url, { method, headers, dispatcher: agent } as never)
  const text = await answer.body.text()
  const id = /(?:^|, )hotset;desc="([^"]+)"/.exec(`${answer.headers['server-timing']}`)?.[1]
  return { status: answer.statusCode, headers: answer.headers, text, id }
}

/** What is in a page of the toolbar: what it shows, and the page as the application wrote it. */
export function pageIn(text: string): { readonly report: RequestReport; readonly page: string } {
  const put = /<script type="application\/json">(.*?)<\/script><script[^>]*>.*?<\/script>/s
  const json = put.exec(text)?.[1]
  if (json === undefined) throw new Error('The page has no toolbar')
  return { report: JSON.parse(json).report, page: text.replace(put, '') }
}

export function hasToolbar({ text }: Got): boolean {
  return text.includes('<script type="application/json">')
}

export async function reportOf(url: string, { id }: Got): Promise<RequestReport> {
  return JSON.parse((await ask(`${url}/__hotset/${id}`)).text)
}
