import { Injectable, type OnModuleDestroy } from '@nestjs/common'
import type { Cache } from 'hotset'
import { cacheDefaults, cached, cacheEvict, cachePut } from 'hotset/decorators'
import type { Product, Table } from './table.ts'

/** The products of a shop. Its methods say what is remembered, and what makes them forget. */
@Injectable()
@cacheDefaults({ cache: (self) => self.cache, name: 'products', perInstance: false, ttl: '10m' })
export class Products implements OnModuleDestroy {
  readonly cache: Cache
  readonly table: Table

  constructor(cache: Cache, table: Table) {
    this.cache = cache
    this.table = table
  }

  @cached()
  async find(id: number): Promise<Product | undefined> {
    return this.table.read(id)
  }

  @cached({
    name: 'searches',
    key: (words) => words.trim().toLowerCase(),
    condition: (words) => words.length >= 3,
    unless: (found) => found.length === 0,
  })
  async search(words: string): Promise<readonly Product[]> {
    return this.table.search(words)
  }

  @cachePut({ keyOf: (product) => product.id })
  @cacheEvict({ name: 'searches', all: true })
  async save(product: Omit<Product, 'id'> & { readonly id?: number }): Promise<Product> {
    return this.table.write(product)
  }

  @cacheEvict()
  @cacheEvict({ name: 'searches', all: true })
  async remove(id: number): Promise<void> {
    this.table.remove(id)
  }

  async onModuleDestroy(): Promise<void> {
    await this.cache.close()
  }
}
