import type { Cancel } from '../../contracts/clock.ts'
import { LoaderTimeoutError } from '../../kernel/errors.ts'
import type { CacheState } from '../state.ts'
import type { Flight, Landing } from './flight.ts'
import { endless, type Patience } from './load-options.ts'

/**
 * One caller's wait for a flight: as long as its patience lasts. A caller that gives up leaves the
 * load to the others; when its patience ended by time the load goes on for whoever comes next.
 */
export function waitFor(state: CacheState, flight: Flight, patience: Patience): Promise<Landing> {
  const { landing } = flight
  const { signal, softTimeout, hardTimeout } = patience
  flight.join()
  if (patience === endless) return landing
  if (hardTimeout !== Infinity) flight.watch(state.clock.now())
  return new Promise((resolve, reject) => {
    const timers: Cancel[] = []
    let ended = false
    const end = () => {
      ended = true
      for (const cancel of timers) cancel()
      signal?.removeEventListener('abort', giveUp)
    }
    const giveUp = () => {
      end()
      flight.leave()
      reject(signal?.reason)
    }
    const onTime = (ms: number, run: () => void) => {
      if (ms !== Infinity) timers.push(state.clock.schedule(ms, run, 'foreground'))
    }
    const settleForStale = (): boolean => {
      flight.keep()
      const { fallback } = flight
      if (fallback === undefined || state.clock.now() >= fallback.expiresAt) return false
      end()
      resolve({ value: fallback.value, outcome: 'stale', createdAt: fallback.createdAt })
      return true
    }
    onTime(softTimeout, () => {
      if (!settleForStale()) flight.hope(() => ended || settleForStale())
    })
    onTime(hardTimeout, () => {
      flight.tire(state.clock.now(), hardTimeout)
      if (settleForStale()) return
      end()
      reject(new LoaderTimeoutError(`Loading "${flight.key}" took longer than ${hardTimeout} ms`))
    })
    signal?.addEventListener('abort', giveUp)
    landing.then(
      (landed) => {
        end()
        resolve(landed)
      },
      (error) => {
        end()
        reject(error)
      },
    )
  })
}
