import { fetchedConnection } from '../src/core/behind/fetched-connection.ts'
import { fetched } from '../src/core/fetched.ts'
import { fetchedWriting } from '../src/core/writing/fetched-writing.ts'
import { usualCodec } from '../src/usual-codec.ts'

/** Where a test says what time it is, fetching code must not take any: all of it is there beforehand. */
for (const code of [...Object.values(fetched), fetchedConnection, fetchedWriting, usualCodec])
  await code.fetch()
