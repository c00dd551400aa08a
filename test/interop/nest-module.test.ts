import 'reflect-metadata'
import * as common from '@nestjs/common'
import * as core from '@nestjs/core'
import { describe, expect, test } from 'vitest'
import type { Cache } from '../../src/contracts/cache.ts'
import { cacheDefaults, cached, cacheEvict } from '../../src/decorators/index.ts'
import { createCaches } from '../../src/index.ts'
import { cacheManager } from '../../src/interop/cache-manager.ts'
import { cacheToken, HotsetModule, InjectCache } from '../../src/interop/nest-module.ts'
import * as eleven from './packages/nest-11.ts'

/** Decorators as calls, since the tests are compiled without them. */
function decorate(nest: typeof common) {
  const provider = (type: object) => nest.Injectable()(Object(type))
  const module = (type: object, metadata: common.ModuleMetadata) =>
    nest.Module(metadata)(Object(type))
  return { provider, module }
}

const versions = { 'Nest 11': { ...eleven }, 'Nest 12': { common, core } }

for (const [version, nest] of Object.entries(versions)) {
  const nestCommon: typeof common = Object(nest.common)
  const { NestFactory }: typeof core = Object(nest.core)
  const { provider, module } = decorate(nestCommon)
  const open = (type: new () => object) =>
    NestFactory.createApplicationContext(type, { logger: false, abortOnError: false })

  describe(version, () => {
    test('injects caches by name, into constructors and properties, everywhere', async () => {
      const caches = createCaches({ default: {}, pages: {} })
      class Shop {
        readonly pages!: Cache
        constructor(readonly cache: Cache) {}
      }
      provider(Shop)
      InjectCache()(Shop, undefined, 0)
      InjectCache('pages')(Shop.prototype, 'pages')
      class ShopModule {}
      module(ShopModule, { providers: [Shop] })
      class App {}
      module(App, { imports: [HotsetModule.forRoot(caches), ShopModule] })

      const app = await open(App)
      expect(app.get(Shop).cache).toBe(caches.get())
      expect(app.get(Shop).pages).toBe(caches.get('pages'))
      expect(app.get(cacheToken('pages'))).toBe(caches.get('pages'))
      await app.close()
    })

    test('makes caches of what is injected, and gives a feature its namespace', async () => {
      class Config {
        readonly ttl = '1h'
      }
      provider(Config)
      class ConfigModule {}
      module(ConfigModule, { providers: [Config], exports: [Config] })
      class Feature {}
      module(Feature, {
        imports: [HotsetModule.forFeature('pages', 'products')],
        providers: [
          {
            provide: 'seen',
            useFactory: (...all: Cache[]) => all,
            inject: ['pages', 'products'].map(cacheToken),
          },
        ],
      })
      class App {}
      module(App, {
        imports: [
          HotsetModule.forRootAsync({
            imports: [ConfigModule],
            inject: [Config],
            useFactory: async ({ ttl }: Config) =>
              createCaches({ default: { defaults: { ttl } }, pages: {} }),
          }),
          Feature,
        ],
      })

      const app = await open(App)
      const cache: Cache = app.get(cacheToken())
      const [pages, products]: [Cache, Cache] = app.get('seen', { strict: false })
      expect(pages.name).toBe('pages')
      await products.set('key', 1)
      expect(await cache.namespace('products').get('key')).toBe(1)
      expect(await cache.lookup('key')).toEqual({ outcome: 'miss' })
      expect(await products.lookup('key')).toMatchObject({ ttl: expect.closeTo(3_600_000, -4) })
      await app.close()
    })

    test('closes caches last of all', async () => {
      const caches = createCaches({ default: {} })
      const cache = caches.get()
      const seen: unknown[] = []
      class Service {
        async onModuleDestroy() {
          seen.push(await cache.get('key'))
        }
        async beforeApplicationShutdown() {
          seen.push(await cache.get('key'))
        }
      }
      provider(Service)
      class App {}
      module(App, { imports: [HotsetModule.forRoot(caches)], providers: [Service] })
      const app = await open(App)
      await cache.set('key', 1)
      await app.close()
      expect(seen).toEqual([1, 1])
      await expect(cache.get('key')).rejects.toMatchObject({ code: 'ERR_CACHE_CLOSED' })
    })

    test('stays in the modules that import it, where it is not global', async () => {
      const root = HotsetModule.forRoot(createCaches({ default: {} }), { global: false })
      class Other {}
      module(Other, {
        providers: [{ provide: 'other', useFactory: () => 1, inject: [cacheToken()] }],
      })
      class App {}
      module(App, { imports: [root, Other] })
      await expect(open(App)).rejects.toThrow("Nest can't resolve dependencies")
    })

    test('is found by a feature, where it is not global, wherever it was imported', async () => {
      const caches = createCaches({ default: {}, pages: {} })
      class Feature {}
      module(Feature, {
        imports: [HotsetModule.forFeature('pages', 'orders')],
        providers: [
          {
            provide: 'seen',
            useFactory: (...all: Cache[]) => all,
            inject: ['pages', 'orders'].map(cacheToken),
          },
        ],
      })
      class App {}
      module(App, {
        imports: [
          Feature,
          HotsetModule.forRootAsync({ global: false, useFactory: () => caches }),
          HotsetModule.forFeature('orders'),
        ],
      })
      const app = await open(App)
      const [pages, orders]: [Cache, Cache] = app.get('seen', { strict: false })
      expect(pages).toBe(caches.get('pages'))
      await orders.set('key', 1)
      expect(await caches.get().namespace('orders').get('key')).toBe(1)
      await app.close()
      await expect(pages.get('key')).rejects.toMatchObject({ code: 'ERR_CACHE_CLOSED' })
    })

    test('is one of several that are not global, each with caches of its own', async () => {
      const all = ['one', 'other'].map(() => createCaches({ default: {}, pages: {} }))
      const modules = all.map((caches, index) => {
        class Part {}
        module(Part, {
          imports: [HotsetModule.forRoot(caches, { global: false })],
          providers: [
            {
              provide: `seen ${index}`,
              useFactory: (...seen: Cache[]) => seen,
              inject: ['default', 'pages'].map(cacheToken),
            },
          ],
        })
        return Part
      })
      class App {}
      module(App, { imports: modules })
      const app = await open(App)
      const opened: Cache[] = []
      for (const [index, caches] of all.entries()) {
        const seen: Cache[] = app.get(`seen ${index}`, { strict: false })
        expect(seen[0]).toBe(caches.get())
        expect(seen[1]).toBe(caches.get('pages'))
        opened.push(...seen)
      }
      await app.close()
      for (const cache of opened) {
        await expect(cache.get('key')).rejects.toMatchObject({ code: 'ERR_CACHE_CLOSED' })
      }
    })

    test('decorated methods of a provider keep in the cache that it was given', async () => {
      class Products {
        queries = 0
        constructor(readonly cache: Cache) {}
        async find(id: number) {
          this.queries++
          return { id }
        }
        async remove(_id: number) {}
      }
      const of = (name: 'find' | 'remove') => {
        const descriptor = Object.getOwnPropertyDescriptor(Products.prototype, name)
        return [Products.prototype, name, Object(descriptor)] as const
      }
      const legacy = (decorator: unknown, name: 'find' | 'remove') => {
        const [target, key, descriptor] = of(name)
        Object.defineProperty(
          target,
          key,
          Object(Object(decorator)(target, key, descriptor) ?? descriptor),
        )
      }
      legacy(cached(), 'find')
      legacy(cacheEvict({ name: 'Products.find' }), 'remove')
      Object(cacheDefaults<typeof Products>({ cache: (self) => self.cache, perInstance: false }))(
        Products,
      )
      provider(Products)
      InjectCache('products')(Products, undefined, 0)
      class App {}
      module(App, {
        imports: [HotsetModule.forRoot(createCaches({ default: {}, products: {} }))],
        providers: [Products],
      })

      const app = await open(App)
      const products = app.get(Products)
      await products.find(1)
      expect(await products.find(1)).toEqual({ id: 1 })
      expect(products.queries).toBe(1)
      await products.remove(1)
      await products.find(1)
      expect(products.queries).toBe(2)
      await app.close()
    })
  })
}

describe('CACHE_MANAGER, and the interceptor that uses it', () => {
  test('answers what was answered before', async () => {
    const { CACHE_MANAGER, CacheInterceptor } = eleven
    const nest: typeof common = Object(eleven.common)
    const { NestFactory, APP_INTERCEPTOR }: typeof core = Object(eleven.core)
    const { module } = decorate(nest)
    let made = 0
    class Catalogue {
      list() {
        return { made: ++made }
      }
    }
    nest.Controller('catalogue')(Catalogue)
    nest.Get()(
      Catalogue.prototype,
      'list',
      Object(Object.getOwnPropertyDescriptor(Catalogue.prototype, 'list')),
    )
    class App {}
    module(App, {
      imports: [HotsetModule.forRoot(createCaches({ default: {} }))],
      controllers: [Catalogue],
      providers: [
        { provide: CACHE_MANAGER, useFactory: cacheManager, inject: [cacheToken()] },
        { provide: APP_INTERCEPTOR, useClass: CacheInterceptor },
      ],
    })
    const app = await NestFactory.create(App, { logger: false, abortOnError: false })
    await app.listen(0, '127.0.0.1')
    const ask = async () => {
      const response = await fetch(`${await app.getUrl()}/catalogue`)
      return [response.headers.get('x-cache'), await response.json()]
    }
    expect(await ask()).toEqual(['MISS', { made: 1 }])
    expect(await ask()).toEqual(['HIT', { made: 1 }])
    expect(await app.get<Cache>(cacheToken()).get('/catalogue')).toEqual({ made: 1 })
    await app.get(CACHE_MANAGER).clear()
    expect(await ask()).toEqual(['MISS', { made: 2 }])
    await app.close()
  })
})
