/** Every code an error of this package can carry; switch on these, not on classes. */
export type CacheErrorCode =
  | 'ERR_CACHE_CONFIG'
  | 'ERR_CACHE_KEY'
  | 'ERR_CACHE_MISSING_KEY'
  | 'ERR_CACHE_NOT_A_NUMBER'
  | 'ERR_CACHE_CODEC'
  | 'ERR_CACHE_STORE'
  | 'ERR_CACHE_STORE_TIMEOUT'
  | 'ERR_CACHE_STORE_DOWN'
  | 'ERR_CACHE_BUS'
  | 'ERR_CACHE_LOADER_TIMEOUT'
  | 'ERR_CACHE_LOADER_FAILED'
  | 'ERR_CACHE_REENTRANT_LOAD'
  | 'ERR_CACHE_LOCK_TIMEOUT'
  | 'ERR_CACHE_LOCK_LOST'
  | 'ERR_CACHE_CLOSED'
  | 'ERR_CACHE_TRACE'
  | 'ERR_CACHE_LOG'
  | 'ERR_CACHE_LOG_FULL'

/** What all errors of this package are. A loader's own error is never wrapped in one. */
export class CacheError extends Error {
  /** Which error it is, for programs: a code stays as it is when a message changes. */
  readonly code: CacheErrorCode

  constructor(code: CacheErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }

  static {
    CacheError.prototype.name = 'CacheError'
  }
}

/** An option or an argument breaks a rule. Thrown before anything has happened. */
export class ConfigError extends CacheError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_CACHE_CONFIG', message, options)
  }

  static {
    ConfigError.prototype.name = 'ConfigError'
  }
}

/** A key is not a string of 1 to 4,096 UTF-16 units, or arguments make no key. */
export class KeyError extends CacheError {
  constructor(message: string) {
    super('ERR_CACHE_KEY', message)
  }

  static {
    KeyError.prototype.name = 'KeyError'
  }
}

/** A verb that needs an entry found none: `increment` without `initial`, `incrementVersion`. */
export class MissingKeyError extends CacheError {
  constructor(message: string) {
    super('ERR_CACHE_MISSING_KEY', message)
  }

  static {
    MissingKeyError.prototype.name = 'MissingKeyError'
  }
}

/** `increment` found a value that is not a number, or not the kind of number it was told to add. */
export class NotANumberError extends CacheError {
  constructor(message: string) {
    super('ERR_CACHE_NOT_A_NUMBER', message)
  }

  static {
    NotANumberError.prototype.name = 'NotANumberError'
  }
}

/** A value cannot be encoded, and nothing was stored; or bytes cannot be decoded. */
export class CodecError extends CacheError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_CACHE_CODEC', message, options)
  }

  static {
    CodecError.prototype.name = 'CodecError'
  }
}

/**
 * The store failed or refused, and a write did not happen. Reads, loads, writes and invalidations go on
 * without it; verbs whose answer only the store knows reject with it.
 */
export class StoreError extends CacheError {
  constructor(
    message: string,
    options?: ErrorOptions,
    code:
      | 'ERR_CACHE_STORE'
      | 'ERR_CACHE_STORE_TIMEOUT'
      | 'ERR_CACHE_STORE_DOWN' = 'ERR_CACHE_STORE',
  ) {
    super(code, message, options)
  }

  static {
    StoreError.prototype.name = 'StoreError'
  }
}

/** The store did not answer within its deadline; whether a write happened is not known. */
export class StoreTimeoutError extends StoreError {
  constructor(message: string) {
    super(message, undefined, 'ERR_CACHE_STORE_TIMEOUT')
  }

  static {
    StoreTimeoutError.prototype.name = 'StoreTimeoutError'
  }
}

/** The store has not been asked: it failed before, and has not been found well since. */
export class StoreDownError extends StoreError {
  constructor(message: string) {
    super(message, undefined, 'ERR_CACHE_STORE_DOWN')
  }

  static {
    StoreDownError.prototype.name = 'StoreDownError'
  }
}

/** The bus failed. Told to the `onEvent` listener, never to a caller. */
export class BusError extends CacheError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_CACHE_BUS', message, options)
  }

  static {
    BusError.prototype.name = 'BusError'
  }
}

/** A load took longer than `hardTimeout` and there was no stale value to serve. */
export class LoaderTimeoutError extends CacheError {
  constructor(message: string) {
    super('ERR_CACHE_LOADER_TIMEOUT', message)
  }

  static {
    LoaderTimeoutError.prototype.name = 'LoaderTimeoutError'
  }
}

/** The loader said `context.fail(reason)`, or a bulk loader answered something that is no map. */
export class LoaderFailedError extends CacheError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_CACHE_LOADER_FAILED', message, options)
  }

  static {
    LoaderFailedError.prototype.name = 'LoaderFailedError'
  }
}

/** A loader asked, directly or through others, for the key that it is loading. */
export class ReentrantLoadError extends CacheError {
  constructor(message: string) {
    super('ERR_CACHE_REENTRANT_LOAD', message)
  }

  static {
    ReentrantLoadError.prototype.name = 'ReentrantLoadError'
  }
}

/** A lock, or all permits of a semaphore, were taken for as long as the caller would wait. */
export class LockTimeoutError extends CacheError {
  constructor(message: string) {
    super('ERR_CACHE_LOCK_TIMEOUT', message)
  }

  static {
    LockTimeoutError.prototype.name = 'LockTimeoutError'
  }
}

/** A lock has expired, or was taken away, before it was released. */
export class LockLostError extends CacheError {
  constructor(message: string) {
    super('ERR_CACHE_LOCK_LOST', message)
  }

  static {
    LockLostError.prototype.name = 'LockLostError'
  }
}

/** The cache has been closed. */
export class ClosedError extends CacheError {
  constructor(message: string) {
    super('ERR_CACHE_CLOSED', message)
  }

  static {
    ClosedError.prototype.name = 'ClosedError'
  }
}

/** The log of writes failed, or belongs to another process. What it rejects was not acknowledged. */
export class LogError extends CacheError {
  constructor(
    message: string,
    options?: ErrorOptions,
    code: 'ERR_CACHE_LOG' | 'ERR_CACHE_LOG_FULL' = 'ERR_CACHE_LOG',
  ) {
    super(code, message, options)
  }

  static {
    LogError.prototype.name = 'LogError'
  }
}

/** There is no room for another write that waits. */
export class LogFullError extends LogError {
  constructor(message: string) {
    super(message, undefined, 'ERR_CACHE_LOG_FULL')
  }

  static {
    LogFullError.prototype.name = 'LogFullError'
  }
}
