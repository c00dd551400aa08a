/**
 * KEYS: the stream, and the key of its owner. ARGV[1]: who asks. Each is refused, as a whole, to whom
 * the stream does not belong: so who was taken for dead can change nothing any more.
 */
const owned = `
local owner = redis.call('GET', KEYS[2])
if owner ~= ARGV[1] then return redis.error_reply('NOTOWNER the stream belongs to another') end
`

/** Keeps possession for so many milliseconds. */
export const keepScript: string = `${owned}
return redis.call('PEXPIRE', KEYS[2], ARGV[2])`

/** Takes possession for so many milliseconds. */
export const ownScript: string = `
local owner = redis.call('GET', KEYS[2])
if owner and owner ~= ARGV[1] then return redis.error_reply('NOTOWNER the stream belongs to another') end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
return 1`

/** The records from a position on. */
export const readScript: string = `${owned}
return redis.call('XRANGE', KEYS[1], ARGV[2], '+', 'COUNT', ARGV[3])`

/** Appends records, all or none: none where there would be more than so many. */
export const appendScript: string = `${owned}
if redis.call('XLEN', KEYS[1]) + #ARGV - 2 > tonumber(ARGV[2]) then return {} end
local positions = {}
for i = 3, #ARGV do positions[i - 2] = redis.call('XADD', KEYS[1], '*', 'w', ARGV[i]) end
return positions`

export const releaseScript: string = `${owned}
return redis.call('XDEL', KEYS[1], unpack(ARGV, 2))`

export const leaveScript: string = `${owned}
return redis.call('DEL', KEYS[2])`
