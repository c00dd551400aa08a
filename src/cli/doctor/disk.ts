import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { shownBytes } from '../amounts.ts'
import type { Finding } from './finding.ts'

/** File systems over a network, by the number that Linux gives them (statfs(2)). */
const overNetwork: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xfe534d42, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0x01021997, '9P'],
  [0x5346414f, 'AFS'],
  [0x00c36400, 'Ceph'],
])
const little = 100 * 1024 ** 2

/** Whether the place of a store on this machine suits it. */
export async function* diskFindings(url: string): AsyncGenerator<Finding> {
  const [, scheme, path = ''] = /^(\w+):(?:\/\/(?=\/))?([^?]*)/.exec(url) ?? []
  const { type, bavail, bsize } = await statfs(scheme === 'sqlite' ? dirname(path) : path)
  const network = overNetwork.get(type)
  if (network !== undefined) {
    const found = `${path} is on ${network}: files that processes share need a disk of this machine`
    yield { check: 'disk', severity: 'error', found, advice: 'use a local disk, or another store' }
  }
  const free = bavail * bsize
  const found = `${shownBytes(free)} free on its disk`
  if (free >= little) yield { check: 'disk', severity: 'ok', found }
  else yield { check: 'disk', severity: 'warning', found, advice: 'make room, or lower maxBytes' }
}
