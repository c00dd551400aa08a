import fc from 'fast-check'
import type { Fragments } from '../../../src/http/fragments/fragments.ts'

/** A fragment of a random page: what it shows is its own piece of data and the fragments inside. */
export interface Part {
  readonly id: number
  readonly ttl: number | null
  readonly inside: readonly number[]
}

/** Fragments contain only later ones, so there are no circles; one may be inside several. */
export const parts: fc.Arbitrary<readonly Part[]> = fc
  .array(
    fc.record({
      ttl: fc.constantFrom(1000, 3000, null),
      picks: fc.array(fc.nat(), { maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 7 },
  )
  .map((drawn) =>
    drawn.map(({ ttl, picks }, id) => {
      const later = drawn.length - id - 1
      const inside = later === 0 ? [] : [...new Set(picks.map((pick) => id + 1 + (pick % later)))]
      return { id, ttl, inside }
    }),
  )

/** How a page is rendered. In `mixed` ones the outermost fragment is asynchronous, those inside are not. */
export const manners = ['in order', 'at once', 'by argument', 'synchronous', 'mixed'] as const
export type Manner = (typeof manners)[number]

/** Random pages over data that changes, and which of their fragments were rendered. */
export class Pages {
  readonly #parts: readonly Part[]
  readonly #data: number[]
  readonly rendered: Set<number> = new Set()

  constructor(parts: readonly Part[]) {
    this.#parts = parts
    this.#data = parts.map(() => 0)
  }

  change(id: number): void {
    this.#data[id] = this.data(id) + 1
  }

  data(id: number): number {
    return this.#data[id] as number
  }

  part(id: number): Part {
    return this.#parts[id] as Part
  }

  /** As it would be without a cache. */
  plain(id: number): string {
    return shown(
      id,
      this.data(id),
      this.part(id).inside.map((other) => this.plain(other)),
    )
  }

  async render(fragments: Fragments, id: number, manner: Manner): Promise<string> {
    if (manner === 'synchronous') return this.#inOneTurn(fragments, id)
    return fragments.fragment(name, [id], (inner) => this.#content(fragments, inner, id, manner), {
      ttl: this.part(id).ttl,
      tags: tagsOf(id),
    })
  }

  async #content(
    fragments: Fragments,
    inner: Fragments,
    id: number,
    manner: Manner,
  ): Promise<string> {
    this.rendered.add(id)
    const data = this.data(id)
    const { inside } = this.part(id)
    await this.paused()
    if (manner === 'mixed') {
      return shown(
        id,
        data,
        inside.map((other) => this.#inOneTurn(fragments, other)),
      )
    }
    const next = manner === 'by argument' ? inner : fragments
    const renderOne = (other: number) => this.render(next, other, manner)
    if (manner === 'at once') return shown(id, data, await Promise.all(inside.map(renderOne)))
    const texts: string[] = []
    for (const other of inside) texts.push(await renderOne(other))
    return shown(id, data, texts)
  }

  /** Between loading what is shown and showing it. */
  protected async paused(): Promise<void> {}

  #inOneTurn(fragments: Fragments, id: number): string {
    const { ttl, inside } = this.part(id)
    const render = () => {
      this.rendered.add(id)
      return shown(
        id,
        this.data(id),
        inside.map((other) => this.#inOneTurn(fragments, other)),
      )
    }
    return fragments.fragmentSync(name, [id], render, { ttl, tags: tagsOf(id) })
  }
}

export const name = 'part'

/** One of its own, and one that it shares with others. */
function tagsOf(id: number): string[] {
  return [`part:${id}`, sharedTag(id)]
}

export function sharedTag(id: number): string {
  return `shared:${id % 2}`
}

function shown(id: number, data: number, inside: readonly string[]): string {
  return `<p id=${id}>${data}\n${inside.join('')}</p>`
}
