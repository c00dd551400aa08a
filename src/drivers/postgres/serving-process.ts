import { BusError } from '../../kernel/errors.ts'
import type { Session } from './session.ts'

/** The process of the server that serves the session now. */
export async function servingProcess({ run }: Session): Promise<unknown> {
  const { rows } = await run('SELECT pg_backend_pid() AS pid')
  return rows[0]?.pid
}

/**
 * The process that serves the session alone. Rejects where a pooler gives a session another process,
 * and its process to another session, with each transaction: what it listens to would then be heard
 * by whoever comes next, and by nobody in between.
 */
export async function ownProcess(
  session: Session,
  openAnother: () => Promise<Session>,
): Promise<unknown> {
  const own = await servingProcess(session)
  // Whom the server itself told so has no pooler in between.
  if (session.client.processID === own) return own
  const other = await openAnother()
  try {
    if (other.client === session.client) return own
    await other.run('BEGIN')
    const others = await servingProcess(other)
    if (others !== own && (await servingProcess(session)) === own) return own
    throw handedRound()
  } finally {
    other.leave()
  }
}

export function handedRound(): BusError {
  return new BusError(
    'Nobody can listen here: a pooler such as PgBouncer hands connections round by transaction; give the address of the server itself, or of a pooler that works by session',
  )
}
