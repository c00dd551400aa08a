import 'reflect-metadata'
import { type DynamicModule, Module } from '@nestjs/common'
import { createCache } from 'hotset'
import { Products } from './products.ts'
import { Table } from './table.ts'

@Module({})
// biome-ignore lint/complexity/noStaticOnlyClass: Nest knows modules by their classes.
export class ShopModule {
  /** Without a URL, what is remembered stays in this process. */
  static forRoot(store?: string): DynamicModule {
    const cache = createCache(store === undefined ? {} : { store })
    return {
      module: ShopModule,
      providers: [
        Table,
        {
          provide: Products,
          useFactory: (table: Table) => new Products(cache, table),
          inject: [Table],
        },
      ],
      exports: [Products],
    }
  }
}
