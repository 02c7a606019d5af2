-- Pairs of sketches side by side.
--
-- KEYS     the sketches, two and two
-- Returns  per pair: devices of the one, of the other and of both together, and either sketch itself,
--          '' if the store keeps sketches in a way of its own and does not show them

local function shown(key)
  local sketch = redis.pcall('GET', key)
  return type(sketch) == 'string' and sketch or ''
end

local reply = {}
for i = 1, #KEYS, 2 do
  local one, other = KEYS[i], KEYS[i + 1]
  reply[#reply + 1] = {
    redis.call('PFCOUNT', one),
    redis.call('PFCOUNT', other),
    redis.call('PFCOUNT', one, other),
    shown(one),
    shown(other),
  }
end
return reply
