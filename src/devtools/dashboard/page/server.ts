import type { Action, ActionAnswer, DashboardState } from '../state.ts'

/** The application has answered, but not with what was asked for. */
class RefusedError extends Error {}

/** Whoever serves the page serves all else, at the same address. */
export async function askState(seen: string): Promise<DashboardState> {
  const query = new URLSearchParams(location.search)
  query.set('view', 'state')
  query.set('seen', seen)
  const response = await fetch(`${location.pathname}?${query}`)
  if (!response.ok) throw new RefusedError(`The server answers ${response.status}`)
  return response.json()
}

/** What fails is an answer, too. */
export async function ask(action: Action, token: string): Promise<ActionAnswer> {
  try {
    const response = await fetch(location.pathname + location.search, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-hotset-token': token },
      body: JSON.stringify(action),
    })
    const isJson = response.headers.get('content-type')?.startsWith('application/json')
    return isJson ? await response.json() : { failed: `The server answers ${response.status}` }
  } catch {
    return { failed: 'The server cannot be reached' }
  }
}
