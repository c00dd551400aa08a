import { stampLength, stampOffset } from '../../kernel/stamp.ts'
import { type Script, script } from './script.ts'

/**
 * ARGV: the stamp that must be there; then what to SET in its place, or nothing to remove it. Where
 * the server has no room, the old record goes, as after any refused write.
 */
export const replaceScript: Script = script(`
local present = redis.pcall('GETRANGE', KEYS[1], ${stampOffset}, ${stampOffset + stampLength - 1})
if present ~= ARGV[1] then return 0 end
if #ARGV == 1 then return redis.call('DEL', KEYS[1]) end
local reply = redis.pcall('SET', KEYS[1], unpack(ARGV, 2))
if reply.err == nil then return 1 end
if string.find(reply.err, 'OOM', 1, true) == nil then return reply end
redis.call('DEL', KEYS[1])
return 0`)
