import type { Ear, OpenEar } from '../../drivers/redis/ear.ts'

/** What listens, on one connection or on several, and is asked for signs of life. */
export type Listening = Pick<Ear, 'ping' | 'destroy'>

/** A connection on which `listen` has succeeded; one on which it has not was never there. */
export async function listenBy(
  open: OpenEar,
  lost: (reason: string) => void,
  listen: (ear: Ear) => Promise<unknown>,
): Promise<Ear> {
  let listening = false
  let ended: string | undefined
  const ear = await open((reason) => {
    ended ??= reason
    if (listening) lost(reason)
  })
  try {
    await listen(ear)
    if (ended !== undefined) throw new Error(ended)
    listening = true
    return ear
  } catch (error) {
    ear.destroy()
    throw error
  }
}

/** One for all: where one of them cannot be had none is kept. */
export async function together(parts: readonly Promise<Listening>[]): Promise<Listening> {
  const outcomes = await Promise.allSettled(parts)
  const listening = outcomes.flatMap((part) => (part.status === 'fulfilled' ? part.value : []))
  const destroy = () => {
    for (const part of listening) part.destroy()
  }
  for (const part of outcomes) {
    if (part.status === 'fulfilled') continue
    destroy()
    throw part.reason
  }
  return { ping: () => Promise.all(listening.map((part) => part.ping())), destroy }
}
