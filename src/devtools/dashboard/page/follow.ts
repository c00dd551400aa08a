import { useEffect, useRef, useState } from 'preact/hooks'
import type { DashboardState, Happening } from '../state.ts'
import { Histories } from './histories.ts'
import { askState } from './server.ts'

const intervalMs = 2_000

/** What is known now. */
export interface Followed {
  /** Undefined until the first answer. */
  readonly state: DashboardState | undefined
  readonly histories: Histories
  /** Of each process that has answered, by its id. */
  readonly happenings: ReadonlyMap<string, readonly Happening[]>
  /** Why the last question has no answer. */
  readonly failure: string | undefined
  /** Asks at once. */
  refresh(): Promise<void>
}

/** Asks again and again, as long as somebody looks. */
export function useFollowed(paused: boolean): Followed {
  const [state, setState] = useState<DashboardState | undefined>(undefined)
  const [failure, setFailure] = useState<string | undefined>(undefined)
  const known = useRef({ histories: new Histories(), happenings: new Map() })
  const { histories, happenings } = known.current

  const refresh = async () => {
    try {
      const next = await askState(histories.seen())
      histories.add(next)
      if (next.own !== undefined) happenings.set(next.own, next.happenings)
      setState(next)
      setFailure(undefined)
    } catch (error) {
      setFailure(error instanceof Error ? error.message : String(error))
    }
  }

  useEffect(() => {
    if (paused) return
    let timer: ReturnType<typeof setTimeout> | undefined
    let ended = false
    const step = async () => {
      if (!document.hidden) await refresh()
      if (!ended) timer = setTimeout(step, intervalMs)
    }
    void step()
    return () => {
      ended = true
      clearTimeout(timer)
    }
  }, [paused])
  return { state, histories, happenings, failure, refresh }
}
