import { fetched } from '../src/core/fetched.ts'
import { usualCodec } from '../src/usual-codec.ts'

/** Where a test says what time it is, fetching code must not take any: all of it is there beforehand. */
for (const code of [...Object.values(fetched), usualCodec]) await code.fetch()
