import { DataTypes, type Model, type ModelStatic, Sequelize, type Transaction } from 'sequelize'
import { expect, test } from 'vitest'
import { sequelizeChanges } from '../../src/orm/sequelize.ts'
import {
  type Application,
  type Change,
  describeApplication,
  everybody,
  team,
  user,
  type World,
} from './application-cases.ts'
import { sqlite3Module } from './sqlite3-module.ts'

interface SequelizeApplication extends Application<Transaction> {
  readonly sequelize: Sequelize
  readonly User: ModelStatic<Model>
}

async function write(
  { sequelize, User }: SequelizeApplication,
  change: Change,
  way: number,
  within: Transaction | undefined,
): Promise<unknown> {
  const options = { transaction: within ?? null }
  const raw = (sql: string, values: unknown[]) => {
    if (way % 2 === 0) return sequelize.query(sql, { replacements: values, ...options })
    let at = 0
    return sequelize.query(
      sql.replaceAll('?', () => `$${++at}`),
      { bind: values, ...options },
    )
  }
  // An instance, many at once, and text, with its parameters written out and by themselves.
  const kind = (['one', 'many', 'text', 'text'] as const)[way % 4]
  switch (change.do) {
    case 'insert': {
      const { id, team, name } = change
      const row = { ...(id !== undefined && { id }), team, name }
      if (kind === 'one') return User.create(row, options)
      if (kind === 'many') return User.bulkCreate([row], options)
      return id === undefined
        ? raw('INSERT INTO users (team, full_name) VALUES (?, ?)', [team, name])
        : raw('INSERT INTO users (id, team, full_name) VALUES (?, ?, ?)', [id, team, name])
    }
    case 'rename':
    case 'transfer': {
      const values = change.do === 'rename' ? { name: change.name } : { team: change.team }
      if (kind === 'one') return (await User.findByPk(change.id, options))?.update(values, options)
      if (kind === 'many') return User.update(values, { where: { id: change.id }, ...options })
      const column = change.do === 'rename' ? 'full_name' : 'team'
      const [value] = Object.values(values)
      return raw(`UPDATE users SET ${column} = ? WHERE id = ?`, [value, change.id])
    }
    case 'merge':
      if (kind === 'text') {
        return raw('UPDATE users SET team = ? WHERE team = ?', [change.to, change.from])
      }
      return User.update({ team: change.to }, { where: { team: change.from }, ...options })
    case 'delete':
      if (kind === 'one') return (await User.findByPk(change.id, options))?.destroy(options)
      if (kind === 'many') return User.destroy({ where: { id: change.id }, ...options })
      return raw('DELETE FROM users WHERE id = ?', [change.id])
    case 'dissolve':
      if (kind === 'text') return raw('DELETE FROM users WHERE team = ?', [change.team])
      return User.destroy({ where: { team: change.team }, ...options })
  }
}

async function open({ place, changes }: World): Promise<SequelizeApplication> {
  const sequelize =
    place.dialect === 'postgres'
      ? new Sequelize(place.address, { logging: false })
      : new Sequelize({
          dialect: 'sqlite',
          dialectModule: sqlite3Module,
          storage: place.address,
          logging: false,
        })
  const User = sequelize.define(
    'User',
    {
      id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true },
      team: { type: DataTypes.INTEGER, allowNull: false },
      name: { type: DataTypes.TEXT, field: 'full_name' },
    },
    { tableName: 'users', timestamps: false },
  )
  const stop = sequelizeChanges(sequelize, changes)
  const application: SequelizeApplication = {
    sequelize,
    User,
    write: (change, way, within) => write(application, change, way, within),
    transaction: (within, body) => sequelize.transaction({ transaction: within ?? null }, body),
    raw: (sql) => sequelize.query(sql),
    stop,
    close: () => sequelize.close(),
  }
  return application
}

describeApplication<Transaction>(open, (world, application) => {
  const users = () => (application() as SequelizeApplication).User

  test('findOrCreate, which may write within a function, is told', async () => {
    const { read } = world()
    expect((await read(user(4))).rows).toEqual([])
    await users().findOrCreate({ where: { id: 4 }, defaults: { team: 2, name: 'd' } })
    expect((await read(user(4))).rows).toMatchObject([{ full_name: 'd' }])
  })

  test.each([4, 1])('upsert of %i', async (id) => {
    const { read } = world()
    for (const question of [user(id), team(3), everybody]) await read(question)
    await users().upsert({ id, team: 3, name: 'z' })
    for (const question of [user(id), team(3)]) {
      expect((await read(question)).rows).toMatchObject([{ full_name: 'z' }])
    }
    expect((await read(everybody)).asked).toBe(true)
  })

  test('increment, and what is written without hooks', async () => {
    const { read } = world()
    await read(team(3))
    await users().increment({ team: 1 }, { where: { id: 2 } })
    expect((await read(team(3))).rows).toHaveLength(1)
    await users().update({ team: 3 }, { where: { id: 1 }, hooks: false })
    expect((await read(team(3))).rows).toHaveLength(2)
  })

  test('truncate', async () => {
    const { read } = world()
    await read(user(1))
    await users().truncate()
    expect((await read(user(1))).rows).toEqual([])
  })

  test('a transaction that is begun without a body is told by its commit', async () => {
    const { read, told } = world()
    const { sequelize } = application() as SequelizeApplication
    const transaction = await sequelize.transaction()
    await users().update({ name: 'x' }, { where: { id: 1 }, transaction })
    expect((await read(user(1))).rows).toMatchObject([{ full_name: 'a' }])
    expect(told).toEqual([])
    await transaction.commit()
    expect((await read(user(1))).rows).toMatchObject([{ full_name: 'x' }])
    const other = await sequelize.transaction()
    await users().update({ name: 'y' }, { where: { id: 1 }, transaction: other })
    told.length = 0
    await other.rollback()
    expect(told).toEqual([])
  })
})

test('what is no Sequelize is refused', () => {
  expect(() => sequelizeChanges({} as Sequelize, {} as never)).toThrow('Expected `sequelize`')
})
