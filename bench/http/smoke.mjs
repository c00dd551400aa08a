import { strict as assert } from 'node:assert'
import { once } from 'node:events'
import { request } from 'node:http'
import { html } from './site.mjs'

/** What is wrong with the answers of a server. Throws where they are not the pages. */
export async function faultsOf({ path, keeps, isMissed }, port) {
  const faults = []
  const one = isMissed ? `${path}${process.pid}` : path
  const pages = [await ask(port, one), await ask(port, one)]
  for (const { status, body, headers } of pages) {
    assert.equal(status, 200, `it answers ${status}`)
    assert.ok(body === html, 'it answers with another page')
    assert.match(`${headers['content-type']}`, /^text\/html/, 'it does not say that it is HTML')
  }
  const counts = [await ask(port, '/count'), await ask(port, '/count')]
  const isKept = counts[0].body === counts[1].body
  assert.equal(isKept, keeps, keeps ? 'it keeps nothing' : 'it keeps what it is not to keep')
  if (keeps && !/^\d+$/.test(pages[1].headers.age)) faults.push('no Age')
  await ask(port, '/login', 'alice')
  const greeted = await ask(port, '/login', 'bob')
  if (`${greeted.headers['set-cookie']}`.includes('alice')) faults.push("another user's cookie")
  else if (!greeted.body.includes('bob')) faults.push("another user's page")
  return faults
}

async function ask(port, path, user = 'nobody') {
  const headers = { 'X-User': user }
  const asking = request({ port, path, headers, host: '127.0.0.1', agent: false }).end()
  const [response] = await once(asking, 'response')
  const body = Buffer.concat(await response.toArray()).toString()
  return { status: response.statusCode, headers: response.headers, body }
}
