import { expect, test } from 'vitest'
import { ConfigError } from '../../src/kernel/errors.ts'
import { refuseNetwork } from '../../src/stores/lmdb/files.ts'

test.each([
  ['NFS', 0x6969],
  ['SMB', 0x517b],
  ['CIFS', 0xff534d42],
  ['CIFS', 0xff534d42 | 0],
  ['SMB2', 0xfe534d42],
  ['9P', 0x01021997],
])('a directory on %s (%i) is refused', (network, type) => {
  expect(() => refuseNetwork('/here', type)).toThrow(ConfigError)
  expect(() => refuseNetwork('/here', type)).toThrow(`/here on ${network}`)
})

test.each([
  ['ext4', 0xef53],
  ['xfs', 0x58465342],
  ['btrfs', 0x9123683e],
  ['tmpfs', 0x01021994],
  ['overlay', 0x794c7630],
])('a directory on %s is taken', (_, type) => {
  expect(() => refuseNetwork('/here', type)).not.toThrow()
})
