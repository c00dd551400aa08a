import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { compiled, flavours } from './flavours.ts'

type Services = typeof import('./fixtures/services.ts')

describe.each(flavours)('%s decorators', (flavour) => {
  let made: Services
  let remove: () => void

  beforeAll(async () => {
    const services = await compiled<Services>('services', flavour)
    made = services.made
    remove = services.remove
  })
  beforeEach(() => made.reset())
  afterAll(async () => {
    await Promise.all([made.cache.close(), made.second.close()])
    made.memory.close()
    remove()
  })
  const took = () => made.log.splice(0)

  test('a method runs once for its arguments, on the object that it is called on', async () => {
    const users = new made.Users()
    expect(await users.find(1)).toEqual({ id: 1, name: 'Ada' })
    expect(await users.find(1)).toEqual({ id: 1, name: 'Ada' })
    expect(await users.find(3)).toBe(undefined)
    expect(await users.find(3)).toBe(undefined)
    expect(took()).toEqual(['find 1 in rows', 'find 3 in rows'])
  })

  test('concurrent callers share one run', async () => {
    const users = new made.Users()
    const all = await Promise.all([users.find(1), users.find(1), users.find(2)])
    expect(all.map((user) => user?.name)).toEqual(['Ada', 'Ada', 'Bob'])
    expect(took().sort()).toEqual(['find 1 in rows', 'find 2 in rows'])
  })

  test('an error is its callers’, and not kept', async () => {
    const users = new made.Users()
    await expect(users.failing()).rejects.toThrow('its own')
    await expect(users.failing()).rejects.toThrow('its own')
    expect(took()).toEqual(['failing', 'failing'])
  })

  test('`key`, `condition` and `unless` decide', async () => {
    const users = new made.Users()
    expect([await users.nameOf(1), await users.nameOf(1, false)]).toEqual(['Ada', 'Ada'])
    expect(await users.nameOf(1, true)).toBe('ADA')
    expect(took()).toEqual(['nameOf 1', 'nameOf 1'])
    await users.nameOf(3)
    await users.nameOf(3)
    expect(took()).toEqual(['nameOf 3', 'nameOf 3'])
    await users.nameOf(-1)
    expect(await made.cache.namespace('names').has('2:-1,false')).toBe(false)
    await users.nameOf(-1)
    expect(took()).toEqual(['nameOf -1', 'nameOf -1'])
  })

  test('@cachePut runs whenever it is called, and what it answers is found', async () => {
    const users = new made.Users()
    await users.save({ id: 1, name: 'Eve' })
    await users.save({ id: 1, name: 'Kim' })
    expect(took()).toEqual(['save 1', 'save 1'])
    expect((await users.find(1))?.name).toBe('Kim')
    await users.rename(2, 'Joe')
    expect((await users.find(2))?.name).toBe('Joe')
    expect(took()).toEqual([])
    await users.save({ id: 1, name: 'secret' })
    expect((await users.find(1))?.name).toBe('Kim')
  })

  test('@cacheEvict removes the key when the method has succeeded', async () => {
    const users = new made.Users()
    await users.find(1)
    await users.find(404)
    expect(await users.remove(1)).toBe(true)
    await expect(users.remove(404)).rejects.toThrow('not there')
    expect(await users.find(1)).toBe(undefined)
    await users.find(404)
    expect(took()).toEqual(['find 1 in rows', 'find 404 in rows', 'find 1 in rows'])
  })

  test('@cacheEvict removes before the method if told so, even if that fails', async () => {
    const users = new made.Users()
    await users.find(1)
    await expect(users.touch({ id: 1, name: '' }, true)).rejects.toThrow('touched')
    await users.find(1)
    expect(took()).toEqual(['find 1 in rows', 'find 1 in rows'])
  })

  test('@cacheEvict makes its key of the result', async () => {
    const users = new made.Users()
    await users.find(2)
    await users.removeByName('Bob')
    await users.find(2)
    expect(took()).toEqual(['find 2 in rows', 'find 2 in rows'])
  })

  test('@cacheEvict removes all of its name, and no other', async () => {
    const users = new made.Users()
    const fill = async () => {
      await users.find(1)
      await users.find(2)
      await users.nameOf(1)
    }
    await fill()
    took()
    await users.reset(false)
    await fill()
    expect(took()).toEqual(['reset false'])
    await users.reset(true)
    await fill()
    expect(took()).toEqual(['reset true', 'find 1 in rows', 'find 2 in rows'])
    await users.resetBoth()
    await fill()
    expect(took()).toEqual(['find 1 in rows', 'find 2 in rows', 'nameOf 1'])
  })

  test('@cacheEvict invalidates tags', async () => {
    const users = new made.Users()
    await users.tagged(1)
    await users.tagged(2)
    await users.changed(1)
    await users.tagged(1)
    await users.tagged(2)
    expect(took()).toEqual(['tagged 1', 'tagged 2', 'changed 1', 'tagged 1'])
  })

  test('of several caches the first hit answers, and those before it are filled', async () => {
    const users = new made.Users()
    expect([await users.several(4), await users.several(4)]).toEqual([8, 8])
    await made.second.clear()
    expect(await users.several(4)).toBe(8)
    expect(await made.second.namespace('several').get('4')).toBe(8)
    await made.cache.clear()
    expect(await users.several(4)).toBe(8)
    expect(took()).toEqual(['several 4'])
  })

  test('objects have entries of their own, by their [cacheKey]', async () => {
    const [one, again, other] = [
      new made.Account('a'),
      new made.Account('a'),
      new made.Account('b'),
    ]
    expect(await one.balance('mon')).toBe('a on mon')
    expect(await again.balance('mon')).toBe('a on mon')
    expect(await other.balance('mon')).toBe('b on mon')
    expect(took()).toEqual(['balance a mon', 'balance b mon'])
  })

  test('getters and methods that answer at once stay so, object by object', () => {
    const [one, other] = [new made.Shape(2), new made.Shape(3)]
    expect([one.area, one.area, other.area]).toEqual([4, 4, 9])
    expect([one.scaled(5, 1), one.scaled(5, 2), other.scaled(5)]).toEqual([10, 10, 15])
    expect(took()).toEqual(['area 2', 'area 3', 'scaled 2 5', 'scaled 3 5'])
    expect([one.forceScaled(5, 11), one.scaled(5), other.scaled(5)]).toEqual([11, 11, 15])
    one.forgetScaled(5)
    expect([one.scaled(5), other.scaled(5)]).toEqual([10, 15])
    expect(took()).toEqual(['scaled 2 5'])
    one.forgetAll()
    expect([one.scaled(5), other.scaled(5), one.area]).toEqual([10, 15, 4])
    expect(took()).toEqual(['scaled 2 5', 'scaled 3 5'])
  })

  test('an undefined that a method answered at once is a result', () => {
    const shape = new made.Shape(1)
    expect([shape.nothing(), shape.nothing()]).toEqual([undefined, undefined])
    expect(took()).toEqual(['nothing'])
  })

  test('statics are kept by class, inherited ones too', async () => {
    const { Shape, Feet } = made
    expect([Shape.label(1), Shape.label(1), Feet.label(1)]).toEqual(['1 m', '1 m', '1 ft'])
    expect(await Shape.promisedLabel(1)).toBe('1 m')
    expect(await Feet.promisedLabel(1)).toBe('1 ft')
    expect(await Feet.promisedLabel(1)).toBe('1 ft')
    expect(took()).toEqual(['label m 1', 'label m 1', 'promised m 1', 'promised ft 1'])
  })

  test('the defaults of a class hold for its statics', async () => {
    expect([await made.Users.count(), await made.Users.count()]).toEqual([2, 2])
    expect(took()).toEqual(['count'])
    expect(await made.cache.namespace('counts').has('()')).toBe(true)
  })

  test('an override and what it overrides have entries of their own', () => {
    const feet = new made.Feet(2)
    expect([feet.scaled(2), feet.scaled(2)]).toEqual([12, 12])
    expect(took()).toEqual(['feet 2', 'scaled 2 2'])
  })

  test('a subclass changes defaults option by option', async () => {
    const [users, admins] = [new made.Users(), new made.Admins()]
    await users.find(1)
    await admins.find(1)
    await admins.find(1)
    expect(took()).toEqual(['find 1 in rows', 'find 1 in rows'])
    expect([...(await made.cache.namespace('admins').getMany(['1'])).keys()]).toEqual(['1'])
    expect((await made.cache.namespace('admins').lookup('1')).outcome).toBe('hit')
  })

  test('a class looks as it would without decorators', () => {
    const { Users, Shape } = made
    expect(Object.keys(Users.prototype)).toEqual([])
    expect(Object.keys(new Users())).toEqual(['source'])
    expect(Object.keys(Shape)).toEqual(['unit'])
    const { find, nameOf } = Users.prototype
    expect([find.name, find.length, nameOf.name, nameOf.length]).toEqual(['find', 1, 'nameOf', 2])
    const area = Object.getOwnPropertyDescriptor(Shape.prototype, 'area')
    expect([area?.enumerable, area?.configurable, area?.set]).toEqual([false, true, undefined])
    const method = Object.getOwnPropertyDescriptor(Users.prototype, 'find')
    expect([method?.enumerable, method?.writable, method?.configurable]).toEqual([
      false,
      true,
      true,
    ])
  })

  test('what is missing is said by its name', async () => {
    const wrong = new made.Wrong()
    const refused = async (call: () => Promise<unknown>) => {
      try {
        await call()
      } catch (error) {
        return error
      }
      return undefined
    }
    const noCache = await refused(() => wrong.noCache())
    expect(noCache).toHaveProperty('code', 'ERR_CACHE_CONFIG')
    expect(noCache).toHaveProperty(
      'message',
      '`noCache`, decorated with @cached, needs the option `cache`, its own or one of @cacheDefaults',
    )
    const noKey = await refused(() => wrong.noKey())
    expect(noKey).toHaveProperty('code', 'ERR_CACHE_KEY')
    expect(noKey).toHaveProperty('message', expect.stringContaining('`perInstance: false`'))
    const noName = await refused(() => wrong.noName())
    expect(noName).toHaveProperty('message', expect.stringContaining('needs the option `name`'))
  })
})

describe('private members', () => {
  type Fixture = typeof import('./fixtures/standard-only.ts')

  test('are cached by their name', async () => {
    const { made, remove } = await compiled<Fixture>('standard-only', 'standard')
    const [vault, other] = [new made.Vault(), new made.Vault()]
    expect([vault.open(1), vault.open(1), other.open(1)]).toEqual([44, 44, 44])
    expect(made.log).toEqual(['open 1', 'bonus', 'open 1', 'bonus'])
    expect(() => new made.Nameless().open()).toThrow(
      '`#open`, decorated with @cached, needs the option `name`: of which class it is cannot be told',
    )
    made.memory.close()
    remove()
  })
})

test.each(flavours)(
  '%s decorators: the compiler infers and refuses what it should',
  async (flavour) => {
    const { made, remove } = await compiled<typeof import('./fixtures/types.ts')>('types', flavour)
    expect(made.neverRun).toBeTypeOf('function')
    remove()
  },
)
