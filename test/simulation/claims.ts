import type { Peer } from './peer.ts'

/** A call: from when it was made until it was answered. */
interface Call {
  readonly from: number
  to: number
}

/** Judges who was told to be the first with a key: between two of them, something must have removed it. */
export class Claims {
  readonly #clears: Call[] = []
  readonly #now: () => number
  #last: (Call & { readonly peer: Peer }) | undefined

  constructor(now: () => number) {
    this.#now = now
  }

  /** Everything is removed at some instant from now until what this answers is called. */
  clearBegins(): () => void {
    const clear = { from: this.#now(), to: Infinity }
    this.#clears.push(clear)
    return () => {
      clear.to = this.#now()
    }
  }

  /** The process asked then, and has been told that it was the first. Answers what is wrong with that. */
  won(peer: Peer, from: number): string | undefined {
    const last = this.#last
    const claim = { peer, from, to: this.#now() }
    this.#last = claim
    if (last === undefined) return undefined
    const begun = Math.min(last.from, from)
    const ended = Math.max(last.to, claim.to)
    if (this.#clears.some((clear) => clear.from <= ended && clear.to >= begun)) return undefined
    return `${peer.name} added what ${last.peer.name} had added, and nobody removed`
  }
}
