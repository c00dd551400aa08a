import { ConfigError } from '../kernel/errors.ts'

/** What is thrown where a package cannot be loaded that the user has to install; `instead` says what else would do. */
export function missingPackage(
  whoNeedsIt: string,
  name: string,
  cause: unknown,
  instead = '',
): ConfigError {
  return new ConfigError(
    `${whoNeedsIt} needs the package ${name}, which cannot be loaded: install it with npm install ${name}${instead}`,
    { cause },
  )
}
