import type { Events } from '../events.ts'
import type { Flight } from './flight.ts'

type Wrap = <T>(body: () => T) => T

/** Tells that the load of a flight begins; answers what its loader is to be run with. */
export function beginLoad(events: Events, flight: Flight, namespace: string | undefined): Wrap {
  const wraps: Wrap[] = []
  const { key, renewal: background } = flight
  flight.load = events.start({
    namespace,
    key,
    background,
    around: (wrap) => void wraps.push(wrap),
  })
  return (body) => {
    let run = body
    for (const wrap of wraps) {
      const inner = run
      run = () => inside(wrap, inner)
    }
    return run()
  }
}

/** A wrap that fails before it has called the body is no reason not to load. */
function inside<T>(wrap: Wrap, body: () => T): T {
  let called = false
  try {
    return wrap(() => {
      called = true
      return body()
    })
  } catch (error) {
    if (called) throw error
    return body()
  }
}
