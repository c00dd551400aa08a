import { createHash } from 'node:crypto'
import { stampLength, stampOffset } from '../../kernel/stamp.ts'

/**
 * ARGV: the stamp that must be there; then what to SET in its place, or nothing to remove it. Where
 * the server has no room, the old record goes, as after any refused write.
 */
export const replaceScript: string = `
local present = redis.pcall('GETRANGE', KEYS[1], ${stampOffset}, ${stampOffset + stampLength - 1})
if present ~= ARGV[1] then return 0 end
if #ARGV == 1 then return redis.call('DEL', KEYS[1]) end
local reply = redis.pcall('SET', KEYS[1], unpack(ARGV, 2))
if reply.err == nil then return 1 end
if string.find(reply.err, 'OOM', 1, true) == nil then return reply end
redis.call('DEL', KEYS[1])
return 0`

/** By which the server knows the script after it has run it once. */
export const replaceScriptName: string = createHash('sha1').update(replaceScript).digest('hex')
