import type { BusServer } from './bus-server.ts'
import type { Dice } from './dice.ts'
import type { Cut, Disturbance, Network } from './network.ts'
import type { Profile } from './profile.ts'
import type { StoreServer } from './store-server.ts'
import type { Timeline } from './timeline.ts'

export interface Scene {
  readonly timeline: Timeline
  readonly dice: Dice
  readonly network: Network
  readonly store: StoreServer
  readonly bus: BusServer
  readonly processes: number
  readonly note: (line: () => string) => void
  readonly crash: (place: number) => void
  /** By now the fault is over. */
  readonly end: number
}

interface Fault {
  readonly name: string
  readonly disturbs: readonly { kind: 'bus' | 'store'; total: boolean; places?: number[] }[]
  /** Milliseconds for which it can be felt once it is over. */
  readonly lingers?: number
  begin(): void
  /** Must undo it, even while others of its kind go on. */
  end?(): void
}

/** Has something go wrong for a while. */
export function disturb(scene: Scene, profile: Profile): void {
  const { timeline, dice, network, note } = scene
  const fault = dice.pick(faultsOf(profile))(scene)
  const from = timeline.now
  const to = Math.min(scene.end, from + dice.pick([40, 300, 1_200, 6_000]))
  const disturbances: Disturbance[] = fault.disturbs.map(({ kind, total, places }) => ({
    kind,
    total,
    places,
    from,
    to: to + (fault.lingers ?? 0),
  }))
  network.disturbances.push(...disturbances)
  note(() => `fault  ${fault.name} until ${to}`)
  fault.begin()
  timeline.after(to - from, () => {
    note(() => `fault  ${fault.name} is over`)
    fault.end?.()
  })
}

type MakeFault = (scene: Scene) => Fault

function faultsOf(profile: Profile): MakeFault[] {
  return [
    ...(profile.bus ? [cutFromBus, cutFromBus, lossyBus, deafLink, slowBus] : []),
    ...(profile.store
      ? [cutFromStore, cutFromStore, storeDown, storeDown, flakyStore, slowStore]
      : []),
    ...(profile.store ? [emptyStore] : []),
    ...(profile.bus && profile.store ? [cutFromBoth] : []),
    ...(profile.crashes ? [crash, crash] : []),
  ]
}

function cut(scene: Scene, what: 'busCuts' | 'storeCuts', place: number) {
  const cuts = scene.network[what][place] as Cut[]
  const how = scene.dice.pick(['refuses', 'swallows'] as const)
  return {
    begin: () => void cuts.push(how),
    end: () => void cuts.splice(cuts.indexOf(how), 1),
  }
}

function cutFromBus(scene: Scene): Fault {
  const place = scene.dice.below(scene.processes)
  const { begin, end } = cut(scene, 'busCuts', place)
  const tells = scene.dice.percent(50)
  return {
    name: `process ${place} is cut off from the bus`,
    disturbs: [{ kind: 'bus', total: true, places: [place] }],
    begin,
    end() {
      end()
      if (tells) scene.bus.reconnected(place)
    },
  }
}

function cutFromStore(scene: Scene): Fault {
  const place = scene.dice.below(scene.processes)
  return {
    name: `process ${place} is cut off from the store`,
    disturbs: [{ kind: 'store', total: true, places: [place] }],
    ...cut(scene, 'storeCuts', place),
  }
}

function cutFromBoth(scene: Scene): Fault {
  const place = scene.dice.below(scene.processes)
  const bus = cut(scene, 'busCuts', place)
  const store = cut(scene, 'storeCuts', place)
  return {
    name: `process ${place} is cut off`,
    disturbs: [
      { kind: 'bus', total: true, places: [place] },
      { kind: 'store', total: true, places: [place] },
    ],
    begin() {
      bus.begin()
      store.begin()
    },
    end() {
      bus.end()
      store.end()
    },
  }
}

function lossyBus({ network, dice }: Scene): Fault {
  const lost = dice.pick([10, 30, 80])
  const repeated = dice.pick([0, 20])
  const reorders = dice.percent(50)
  return {
    name: `the bus loses ${lost} % and repeats ${repeated} %${reorders ? ', in any order' : ''}`,
    disturbs: [{ kind: 'bus', total: false }],
    begin() {
      Object.assign(network, { lost, repeated, reorders })
    },
    end() {
      Object.assign(network, { lost: 0, repeated: 0, reorders: false })
    },
  }
}

function deafLink({ network, dice, processes }: Scene): Fault {
  const to = dice.below(processes)
  const from = (to + 1 + dice.below(processes - 1)) % processes
  return {
    name: `process ${to} does not hear process ${from}`,
    disturbs: [{ kind: 'bus', total: false, places: [to, from] }],
    begin: () => void network.deaf.add(`${from}>${to}`),
    end: () => void network.deaf.delete(`${from}>${to}`),
  }
}

function slowBus({ network }: Scene): Fault {
  return {
    name: 'the bus is slow',
    disturbs: [{ kind: 'bus', total: false }],
    // Nothing overtakes what is under way.
    lingers: 900,
    begin() {
      network.busDelay = 900
    },
    end() {
      network.busDelay = 15
    },
  }
}

function storeDown({ store, dice }: Scene): Fault {
  const state = dice.pick(['fails', 'silent', 'frozen'] as const)
  const empty = state !== 'frozen' && dice.percent(40)
  return {
    name: `the store ${state === 'fails' ? state : `is ${state}`}${empty ? ' and will be empty' : ''}`,
    disturbs: [{ kind: 'store', total: true }],
    begin() {
      store.state = state
    },
    end() {
      store.state = 'up'
      if (empty) store.restartEmpty()
      store.thaw()
    },
  }
}

function emptyStore({ store }: Scene): Fault {
  return {
    name: 'the store is empty all of a sudden',
    disturbs: [{ kind: 'store', total: false }],
    begin: () => store.restartEmpty(),
  }
}

function flakyStore({ network, dice }: Scene): Fault {
  const lost = dice.pick([5, 30])
  return {
    name: `${lost} % of the store's replies are lost`,
    disturbs: [{ kind: 'store', total: false }],
    begin() {
      network.repliesLost = lost
    },
    end() {
      network.repliesLost = 0
    },
  }
}

/** Slow, but within its deadline. */
function slowStore({ network }: Scene): Fault {
  return {
    name: 'the store is slow',
    disturbs: [{ kind: 'store', total: false }],
    begin() {
      network.storeDelay = 240
    },
    end() {
      network.storeDelay = 12
    },
  }
}

function crash(scene: Scene): Fault {
  const place = scene.dice.below(scene.processes)
  return {
    name: `process ${place} crashes`,
    disturbs: [{ kind: 'bus', total: false, places: [place] }],
    begin: () => scene.crash(place),
  }
}
