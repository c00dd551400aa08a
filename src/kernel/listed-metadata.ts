import { ConfigError } from './errors.ts'

/** What the package `reflect-metadata` adds, which Nest itself needs. */
interface Metadata {
  getMetadata(name: string, target: object): readonly object[] | undefined
  defineMetadata(name: string, value: unknown, target: object): void
}

/**
 * Puts one more into the list that a class or a method has under a name, as the decorators of Nest
 * do. Throws a `ConfigError` where `reflect-metadata` is not loaded.
 */
export function addMetadata(name: string, target: object, what: object): void {
  if (!('defineMetadata' in Reflect)) {
    throw new ConfigError('Decorators need the package `reflect-metadata`, which Nest loads first')
  }
  const { getMetadata, defineMetadata } = Reflect as typeof Reflect & Metadata
  defineMetadata(name, [...(getMetadata(name, target) ?? []), what], target)
}
