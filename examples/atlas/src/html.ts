/** Markup that may stand in a page as it is. Made by `html` alone, so nothing else gets through. */
export class Html {
  readonly #text: string

  constructor(strings: TemplateStringsArray, values: readonly Part[]) {
    this.#text = strings.reduce((text, literal, i) => text + partOf(values[i - 1]) + literal)
  }

  toString(): string {
    return this.#text
  }
}

export type Part = Html | string | number | undefined | readonly Part[]

/** Template tag: what is put in is escaped for text and quoted attributes unless it is markup. */
export function html(strings: TemplateStringsArray, ...values: Part[]): Html {
  return new Html(strings, values)
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function partOf(part: Part): string {
  if (part === undefined) return ''
  if (part instanceof Html) return part.toString()
  if (typeof part === 'object') return part.map(partOf).join('')
  return String(part).replace(/[&<>"']/g, (character) => entities[character] ?? '')
}
