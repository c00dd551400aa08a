import { counterKind, counterLength, kindOffset, numberLength } from '../../kernel/counter.ts'
import { stampOffset } from '../../kernel/stamp.ts'
import { type Script, script } from './script.ts'

/**
 * As `addToCounter`. ARGV: what to add, then the stamp, for one increment after the other; answers
 * each record, or false. Its numbers are those of JavaScript: no sum of two safe integers that is not
 * safe is rounded to one that is. SETRANGE leaves the expiry alone.
 */
export const incrementScript: Script = script(`
local function safe(number)
  return number and math.abs(number) <= ${Number.MAX_SAFE_INTEGER} and number
end
local function numberIn(record)
  local text = string.sub(record, -${numberLength})
  if string.byte(record, ${kindOffset + 1}) ~= ${counterKind} then return false end
  if string.sub(record, -${counterLength}) ~= text .. text then return false end
  return safe(tonumber(string.match(text, '^ *%-?%d+$')))
end
local record = redis.pcall('GET', KEYS[1])
if type(record) == 'table' then return record end
local answers = {}
for i = 1, #ARGV, 2 do
  local number = record and numberIn(record)
  local sum = number and safe(number + tonumber(ARGV[i]))
  if sum then
    local text = string.format('%${numberLength}.0f', sum)
    redis.call('SETRANGE', KEYS[1], ${stampOffset}, ARGV[i + 1])
    redis.call('SETRANGE', KEYS[1], #record - ${counterLength}, text .. text)
    record = redis.call('GET', KEYS[1])
  end
  answers[#answers + 1] = sum and record or false
end
return answers`)
