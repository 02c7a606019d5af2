-- Adds sketches to a union that expires.
--
-- KEYS     the union, and the sketches
-- ARGV[1]  seconds it lives from now on   ARGV[2] a sketch of no device with room for all registers

local SPARSE_BYTES, SAMPLE = 3000, 16

local function is_error(answer)
  return type(answer) == 'table' and answer.err
end

local function length_of(key)
  local length = redis.pcall('STRLEN', key)
  return type(length) == 'number' and length or 0
end

-- PFMERGE grows a small union register by register, which takes milliseconds; one that will be large is begun large.
local bytes, seen, begun = 0, math.min(#KEYS - 1, SAMPLE), nil
for i = 2, seen + 1 do bytes = bytes + length_of(KEYS[i]) end
if bytes / seen * (#KEYS - 1) > SPARSE_BYTES then begun = redis.call('SET', KEYS[1], ARGV[2], 'NX') end

-- The union is named as a source of itself: the fake store of the tests would begin it anew.
local merged = redis.pcall('PFMERGE', KEYS[1], unpack(KEYS))
if is_error(merged) and begun then
  -- A store that keeps sketches in a way of its own does not take ours.
  redis.call('DEL', KEYS[1])
  merged = redis.pcall('PFMERGE', KEYS[1], unpack(KEYS))
end
if is_error(merged) then return merged end
redis.call('EXPIRE', KEYS[1], ARGV[1])
