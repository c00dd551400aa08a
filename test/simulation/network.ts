/** Who cannot reach what, and how it looks to them. */
export type Cut = 'refuses' | 'swallows'

/** A time in which something was wrong. */
export interface Disturbance {
  readonly kind: 'bus' | 'store'
  /** Nothing at all comes through. */
  readonly total: boolean
  /** The processes it concerns, by their places; undefined for all. */
  readonly places: readonly number[] | undefined
  readonly from: number
  to: number
}

/** The ways between processes, store and bus, as the faults have left them. */
export class Network {
  /** By process; counted, as faults overlap. */
  readonly busCuts: Cut[][]
  readonly storeCuts: Cut[][]
  /** `from>to` of processes of which one does not hear the other. */
  readonly deaf: Set<string> = new Set()
  /** In a hundred. */
  lost = 0
  repeated = 0
  /** Messages overtake each other. */
  reorders = false
  /** Replies of the store that do not arrive, in a hundred. */
  repliesLost = 0
  /** Most milliseconds that a way takes. */
  storeDelay = 12
  busDelay = 15
  readonly disturbances: Disturbance[] = []

  constructor(processes: number) {
    this.busCuts = Array.from({ length: processes }, () => [])
    this.storeCuts = Array.from({ length: processes }, () => [])
  }

  /** Whether something of that kind was wrong for the process at any time from then to now. */
  disturbed(kind: 'bus' | 'store', place: number, from: number, now: number): boolean {
    return this.disturbances.some(
      (one) =>
        one.kind === kind &&
        (one.places === undefined || one.places.includes(place)) &&
        one.from <= now &&
        one.to >= from,
    )
  }

  /** Since when the process has been cut off from the bus; `Infinity` if it is not. */
  busCutSince(place: number, now: number): number {
    const cuts = this.disturbances.filter(
      ({ kind, total, places, from, to }) =>
        kind === 'bus' && total && places?.includes(place) && from <= now && now < to,
    )
    return Math.min(Infinity, ...cuts.map(({ from }) => from))
  }
}
