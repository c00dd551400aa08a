import type { PolicyFactory } from '../../src/contracts/policy.ts'
import { SplitMix } from '../../src/kernel/split-mix.ts'

/** Takes a value out of an array that has it. */
function takeOut<T>(array: T[], value: T): void {
  const place = array.indexOf(value)
  if (place === -1) throw new Error('not there')
  array.splice(place, 1)
}

export function naiveLru(): PolicyFactory {
  return () => {
    let byUse: number[] = []
    return {
      name: 'naive lru',
      reserve() {},
      insert: (slot) => void byUse.push(slot),
      hit(slot) {
        takeOut(byUse, slot)
        byUse.push(slot)
      },
      remove: (slot) => takeOut(byUse, slot),
      evict: () => byUse.shift() ?? -1,
      resize() {},
      clear() {
        byUse = []
      },
    }
  }
}

export function naiveFifo(): PolicyFactory {
  return (setup) => ({ ...naiveLru()(setup), name: 'naive fifo', hit() {} })
}

/** Any but the newest. Which one is settled by what is drawn and by the order of the array. */
export function naiveRandom(): PolicyFactory {
  return ({ seed }) => {
    const numbers = new SplitMix(seed)
    let slots: number[] = []
    let newest = -1
    const remove = (slot: number): void => {
      const last = slots.pop() as number
      if (last !== slot) slots[slots.indexOf(slot)] = last
      if (slot === newest) newest = -1
    }
    return {
      name: 'naive random',
      reserve() {},
      insert(slot) {
        slots.push(slot)
        newest = slot
      },
      hit() {},
      remove,
      evict() {
        if (slots.length === 0) return -1
        const candidates = [...slots]
        if (slots.includes(newest) && slots.length > 1) {
          candidates[candidates.indexOf(newest)] = candidates.at(-1) as number
          candidates.pop()
        }
        const slot = candidates[numbers.below(candidates.length)] as number
        remove(slot)
        return slot
      },
      resize() {},
      clear() {
        slots = []
        newest = -1
      },
    }
  }
}

/** Algorithm 1 of the paper over all entries but the newest, which is inserted after it there. */
export function naiveSieve(): PolicyFactory {
  return () => {
    let byAge: number[] = []
    const visited = new Set<number>()
    let hand: number | undefined
    let newest: number | undefined
    const newer = (slot: number): number | undefined => {
      const others = byAge.filter((other) => other !== newest)
      return others[others.indexOf(slot) + 1]
    }
    const remove = (slot: number): void => {
      if (slot === hand) hand = newer(slot)
      takeOut(byAge, slot)
      visited.delete(slot)
      if (slot === newest) newest = undefined
    }
    return {
      name: 'naive sieve',
      reserve() {},
      insert(slot) {
        byAge.push(slot)
        newest = slot
      },
      hit: (slot) => void visited.add(slot),
      remove,
      evict() {
        const others = byAge.filter((slot) => slot !== newest)
        const tail = others[0] ?? newest
        if (tail === undefined) return -1
        let object = hand ?? tail
        while (others.length > 0 && visited.has(object)) {
          visited.delete(object)
          object = newer(object) ?? tail
        }
        if (others.length > 0) hand = object
        remove(object)
        return object
      },
      resize() {},
      clear() {
        byAge = []
        visited.clear()
        hand = undefined
        newest = undefined
      },
    }
  }
}

interface Resident {
  readonly slot: number
  uses: number
}

/** Section 4 of the paper; the entry that came last has not been inserted yet. */
export function naiveS3Fifo(): PolicyFactory {
  return (setup) => {
    let weighted = setup.maxWeight < Infinity
    let small: Resident[] = []
    let main: Resident[] = []
    let arriving: Resident | undefined
    let ghosts: { readonly hash: number; readonly time: number }[] = []
    let time = 0
    let capacity = 0

    const load = (queue: readonly Resident[]): number =>
      queue.reduce((sum, { slot }) => sum + (weighted ? setup.weightOf(slot) : 1), 0)
    const forgetGhost = (hash: number): void => {
      ghosts = ghosts.filter((ghost) => ghost.hash !== hash)
    }
    const arrive = ({ slot, uses }: Resident): void => {
      const hash = setup.hashOf(slot)
      const youngest = time - Math.min(capacity, small.length + main.length)
      const known = ghosts.some((ghost) => ghost.hash === hash && ghost.time >= youngest)
      if (known) forgetGhost(hash)
      const queue = known ? main : small
      queue.push({ slot, uses })
    }
    return {
      name: 'naive s3fifo',
      reserve(slots) {
        if (slots > capacity) ghosts = []
        capacity = Math.max(capacity, slots)
      },
      insert(slot) {
        if (arriving) arrive(arriving)
        arriving = { slot, uses: 0 }
      },
      hit(slot) {
        for (const resident of [...small, ...main, ...(arriving ? [arriving] : [])]) {
          if (resident.slot === slot) resident.uses = Math.min(3, resident.uses + 1)
        }
      },
      reweigh() {},
      remove(slot) {
        if (arriving?.slot === slot) arriving = undefined
        small = small.filter((resident) => resident.slot !== slot)
        main = main.filter((resident) => resident.slot !== slot)
      },
      evict() {
        while (small.length + main.length > 0) {
          const share = load(small) / (load(small) + load(main))
          if (share >= 0.1 || main.length === 0) {
            const resident = small.shift() as Resident
            if (resident.uses > 1) main.push({ slot: resident.slot, uses: 0 })
            else {
              const hash = setup.hashOf(resident.slot)
              forgetGhost(hash)
              ghosts.push({ hash, time: time++ })
              return resident.slot
            }
          } else {
            const resident = main.shift() as Resident
            if (resident.uses === 0) return resident.slot
            main.push({ slot: resident.slot, uses: resident.uses - 1 })
          }
        }
        const slot = arriving?.slot ?? -1
        arriving = undefined
        return slot
      },
      resize(_, maxWeight) {
        weighted = maxWeight < Infinity
      },
      clear() {
        small = []
        main = []
        arriving = undefined
        ghosts = []
        capacity = 0
      },
    }
  }
}
