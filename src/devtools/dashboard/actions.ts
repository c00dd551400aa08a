import type { Cache } from '../../contracts/cache.ts'
import { type CacheSet, cachesOf } from '../../telemetry/cache-set.ts'
import { showValue } from './show-value.ts'
import type { Access, Action, ActionAnswer, Inspected } from './state.ts'

/** Status and body of the answer to an action. */
export interface Acted {
  readonly status: number
  readonly answer: ActionAnswer
}

/** Does what the page asks for, as far as the visitor may. What a cache refuses is an answer, too. */
export async function act(caches: CacheSet, access: Access, message: unknown): Promise<Acted> {
  const action = actionIn(message)
  if (action === undefined) return failed(400, 'Expected an action')
  if (access === 'read' && action.action !== 'inspect') {
    return failed(403, 'You may look, but not change anything')
  }
  const cache = cachesOf(caches).find(({ name }) => name === action.cache)
  if (cache === undefined) return failed(404, 'This process has no cache of that name')
  try {
    return await perform(cache, action)
  } catch (error) {
    return failed(422, error instanceof Error ? error.message : String(error))
  }
}

async function perform(cache: Cache, action: Action): Promise<Acted> {
  switch (action.action) {
    case 'inspect': {
      const inspected = await inspectKey(spaceOf(cache, action.namespace), action.key)
      return { status: 200, answer: { inspected } }
    }
    case 'delete': {
      const wasThere = await spaceOf(cache, action.namespace).delete(action.key)
      return done(wasThere ? 'The entry is deleted' : 'There was no entry to delete')
    }
    case 'invalidate':
      await cache.invalidate(action.tag)
      return done('All entries with the tag are invalidated')
    case 'clear':
      if (action.confirm !== cache.name) return failed(422, 'The name is not that of the cache')
      await cache.clear()
      return done('The cache is cleared')
  }
}

async function inspectKey(cache: Cache, key: string): Promise<Inspected> {
  const explanation = await cache.explain(key)
  const found = await cache.lookup(key)
  if (found.outcome === 'miss') {
    return { explanation, value: undefined, tags: [], age: undefined, ttl: undefined }
  }
  const { value, tags, age, ttl } = found
  return { explanation, value: showValue(value), tags, age, ttl: ttl === Infinity ? null : ttl }
}

/** Namespaces are written as in events, from the outside in. */
function spaceOf(cache: Cache, namespace: string | undefined): Cache {
  const path = namespace === undefined || namespace === '' ? [] : namespace.split('/')
  return path.reduce((space, name) => space.namespace(name), cache)
}

const members: Readonly<Record<Action['action'], readonly string[]>> = {
  inspect: ['key'],
  delete: ['key'],
  invalidate: ['tag'],
  clear: ['confirm'],
}

function actionIn(message: unknown): Action | undefined {
  if (typeof message !== 'object' || message === null) return undefined
  const { action, cache, namespace, ...rest } = message as Readonly<Record<string, unknown>>
  if (typeof action !== 'string' || !Object.hasOwn(members, action)) return undefined
  const texts = members[action as Action['action']].map((name) => rest[name])
  const isWhole = [cache, namespace ?? '', ...texts].every((text) => typeof text === 'string')
  return isWhole ? (message as Action) : undefined
}

function done(text: string): Acted {
  return { status: 200, answer: { done: text } }
}

function failed(status: number, text: string): Acted {
  return { status, answer: { failed: text } }
}
