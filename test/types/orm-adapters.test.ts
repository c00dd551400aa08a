import type { Knex } from 'knex'
import type { Sequelize } from 'sequelize'
import type { DataSource, DataSourceOptions } from 'typeorm'
import { expectTypeOf, test } from 'vitest'
import type { KnexBuilder, KnexInstance, knexCache } from '../../src/orm/knex.ts'
import type { SequelizeInstance } from '../../src/orm/sequelize.ts'
import type { TypeormDataSource, typeormCache } from '../../src/orm/typeorm.ts'

interface User {
  id: number
  name: string
}

test('what the ORMs have is what the adapters take', () => {
  expectTypeOf<Knex>().toExtend<KnexInstance>()
  expectTypeOf<Knex.Transaction>().toExtend<KnexInstance>()
  expectTypeOf<Sequelize>().toExtend<SequelizeInstance>()
  expectTypeOf<DataSource>().toExtend<TypeormDataSource>()
  expectTypeOf<ReturnType<typeof typeormCache>>().toExtend<
    Extract<DataSourceOptions['cache'], object>['provider']
  >()
})

test('a query that is cached answers what it would', () => {
  expectTypeOf<Knex.QueryBuilder<User, User[]>>().toExtend<KnexBuilder<User[]>>()
  const cached = {} as ReturnType<typeof knexCache>
  const knex = {} as Knex
  const all = () => cached(knex<User>('users').where({ id: 1 }))
  expectTypeOf(all).returns.resolves.toEqualTypeOf<User[]>()
  const first = () => cached(knex<User>('users').first(), { ttl: '1m' })
  expectTypeOf(first).returns.resolves.toEqualTypeOf<User | undefined>()
})
