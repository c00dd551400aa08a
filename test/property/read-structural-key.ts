/**
 * Reads a structural key back into the values it was made of. That this can be done proves that
 * different values have different keys. Functions, own symbols and instances of classes are left out.
 */
export function readStructuralKey(key: string): unknown[] {
  const reader = new Reader(key)
  if (key === '()') return []
  const values = [reader.value()]
  while (reader.took(',')) values.push(reader.value())
  reader.end()
  return values
}

const binaries = {
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
  Float32Array,
  Float64Array,
}
const words: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['true', true],
  ['false', false],
  ['null', null],
  ['undefined', undefined],
  ['NaN', Number.NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
])

class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  value(): unknown {
    if (this.took('null{')) return this.#properties(Object.create(null))
    if (this.took('{')) return this.#properties({})
    if (this.took('[')) return this.#elements()
    const token = this.#match(/[\w.+-]*/y)
    if (words.has(token)) return words.get(token)
    if (/^\d+$/.test(token) && this.took(':')) return this.#taken(Number(token))
    if (/^-?\d+n$/.test(token)) return BigInt(token.slice(0, -1))
    if (/^-?\d/.test(token)) return Number(token)
    this.#expect('(')
    if (token === 'symbol') return this.#closed(Symbol.for(this.#string()))
    const value = this.#content(token)
    return this.took('{') ? this.#properties(value) : value
  }

  took(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false
    this.#at += text.length
    return true
  }

  end(): void {
    if (this.#at !== this.#text.length) throw new Error(`Left over: ${this.#text.slice(this.#at)}`)
  }

  #content(name: string): object {
    if (name === 'Array') return this.#closed(new Array(Number(this.#match(/\d+/y))))
    if (name === 'Date') return this.#closed(new Date(Number(this.#match(/NaN|-?\d+/y))))
    if (name === 'URL') return this.#closed(new URL(this.#string()))
    if (name === 'RegExp') return this.#closed(this.#pattern())
    if (name === 'Set') return new Set(this.#items(() => this.value()))
    if (name === 'Map') {
      return new Map(this.#items(() => [this.value(), this.#expect('=') ?? this.value()]))
    }
    const bytes = Uint8Array.from(this.#string(), (unit) => unit.charCodeAt(0))
    if (name === 'ArrayBuffer') return this.#closed(bytes.buffer)
    if (name === 'DataView') return this.#closed(new DataView(bytes.buffer))
    if (name === 'Buffer') return this.#closed(Buffer.from(bytes))
    const type = binaries[name as keyof typeof binaries]
    if (type === undefined) throw new Error(`Unknown: ${name}`)
    return this.#closed(new type(bytes.buffer))
  }

  #properties(object: object): object {
    while (this.took(' ')) {
      const name = this.took('symbol(') ? this.#closed(Symbol.for(this.#string())) : this.#string()
      this.#expect('=')
      const value = this.value()
      Object.defineProperty(object, name, {
        value,
        writable: true,
        enumerable: true,
        configurable: true,
      })
    }
    this.#expect('}')
    return object
  }

  #elements(): unknown[] {
    const values: unknown[] = []
    while (this.took(' ')) values.push(this.value())
    this.#expect(']')
    return values
  }

  #items<T>(read: () => T): T[] {
    const items: T[] = []
    while (!this.took(')')) {
      if (items.length > 0) this.#expect(',')
      items.push(read())
    }
    return items
  }

  #pattern(): RegExp {
    const flags = this.#match(/\w*/y)
    this.#expect(',')
    const lastIndex = Number(this.#match(/\d+/y))
    this.#expect(',')
    return Object.assign(new RegExp(this.#string(), flags), { lastIndex })
  }

  #string(): string {
    const length = Number(this.#match(/\d+/y))
    this.#expect(':')
    return this.#taken(length)
  }

  #taken(length: number): string {
    this.#at += length
    return this.#text.slice(this.#at - length, this.#at)
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0] ?? ''
    this.#at += found.length
    return found
  }

  #closed<T>(value: T): T {
    this.#expect(')')
    return value
  }

  #expect(text: string): undefined {
    if (!this.took(text)) throw new Error(`Expected ${text} at ${this.#at} of ${this.#text}`)
  }
}
