import type { ConfigError } from '../../kernel/errors.ts'
import { invalid } from '../../kernel/expect.ts'
import { missingPackage } from '../missing-package.ts'

/** The slice of a `Client` of the package `pg` that is needed. */
export interface PgListener {
  /** Of the process that serves the connection, as the server said on connecting. */
  readonly processID?: number | null | undefined
  query(statement: { readonly text: string; readonly values: unknown[] }): Promise<PgRows>
  on(event: 'notification', listener: (notification: PgNotification) => void): unknown
  on(event: 'error' | 'end', listener: (error?: Error) => void): unknown
  off(event: 'notification', listener: (notification: PgNotification) => void): unknown
  off(event: 'error' | 'end', listener: (error?: Error) => void): unknown
}

/** The slice of a result of `pg` that is used. */
export interface PgRows {
  readonly rows: readonly Readonly<Record<string, unknown>>[]
}

/** What PostgreSQL tells a listener. */
export interface PgNotification {
  readonly channel: string
  readonly payload?: string | undefined
}

/** The slice of a `Pool` of the package `pg`. */
export interface PgPool {
  readonly totalCount: number
  connect(): Promise<PgListener & { release(destroy: boolean): void }>
}

/** A connection, on which statements are run one after the other. */
export interface Session {
  readonly client: PgListener
  run(text: string, values?: unknown[]): Promise<PgRows>
  /** At once. Does not throw. */
  leave(): void
}

/**
 * Sessions one after the other: of the server at a URL, of a pool, or on the one client there is,
 * which goes on when they are left.
 */
export function sessions(source: string | PgPool | PgListener): () => Promise<Session> {
  if (typeof source === 'string') return () => connect(source)
  if (typeof source !== 'object' || source === null) throw notAClient(source)
  if (isPool(source)) {
    return async () => {
      const client = await source.connect()
      return sessionOn(client, () => client.release(true))
    }
  }
  if (!('query' in source)) throw notAClient(source)
  return async () => sessionOn(source, () => source.off('error', ignore))
}

function sessionOn(client: PgListener, leave: () => void): Session {
  // Whatever happens to it, `end` says so as well; without this it would be thrown.
  client.on('error', ignore)
  let last: Promise<unknown> = Promise.resolve()
  return {
    client,
    run(text, values = []) {
      const query = () => client.query({ text, values })
      const result = last.then(query, query)
      last = result
      return result
    },
    leave,
  }
}

function isPool(source: object): source is PgPool {
  return 'totalCount' in source
}

function notAClient(source: unknown): ConfigError {
  return invalid('client', 'a Pool or a connected Client of the package pg', source)
}

function ignore(): void {}

interface OwnClient extends PgListener {
  /** Where it has one, what it talks through; a server that is frozen would not let it end otherwise. */
  readonly connection?: { readonly stream?: { destroy(): unknown } }
  connect(): Promise<unknown>
  end(): Promise<void>
}

interface PgModule {
  readonly Client: new (options: object) => OwnClient
}

const connectMs = 5_000

async function connect(url: string): Promise<Session> {
  const { Client } = await loadDriver()
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: connectMs,
    keepAlive: true,
  })
  const session = sessionOn(client, () => {
    client.end().catch(ignore)
    client.connection?.stream?.destroy()
  })
  try {
    await client.connect()
    return session
  } catch (error) {
    session.leave()
    throw error
  }
}

async function loadDriver(): Promise<PgModule> {
  try {
    // By a name that the type checker does not follow: the package comes without types.
    const name: string = 'pg'
    const module = await import(name)
    return module.default ?? module
  } catch (cause) {
    throw missingPackage('A connection to PostgreSQL', 'pg', cause, ', or hand over a client')
  }
}
