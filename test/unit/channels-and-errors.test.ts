import { channel } from 'node:diagnostics_channel'
import { expect, test } from 'vitest'
import { channels } from '../../src/kernel/channels.ts'
import * as errors from '../../src/kernel/errors.ts'

test('events of a type are on the channel of its name', () => {
  for (const [type, own] of Object.entries(channels)) expect(own).toBe(channel(`hotset:${type}`))
})

test('an error has the name of its class', () => {
  const classes = Object.entries(errors).filter(([, made]) => typeof made === 'function')
  expect(classes.length).toBeGreaterThan(10)
  for (const [name, made] of classes) expect(made.prototype.name, name).toBe(name)
})
