export interface Product {
  readonly id: number
  readonly name: string
  readonly cents: number
}

/** Stands for a table of a database; counts what it is asked. */
export class Table {
  readonly #rows = new Map<number, Product>()
  queries = 0

  read(id: number): Product | undefined {
    this.queries++
    return this.#rows.get(id)
  }

  search(words: string): Product[] {
    this.queries++
    const wanted = words.trim().toLowerCase()
    return [...this.#rows.values()].filter(({ name }) => name.toLowerCase().includes(wanted))
  }

  write({ id = this.#rows.size + 1, ...rest }: Omit<Product, 'id'> & { id?: number }): Product {
    const product = { id, ...rest }
    this.#rows.set(id, product)
    return product
  }

  remove(id: number): void {
    this.#rows.delete(id)
  }
}
