-- Counts one summary of events, once: all of it or nothing.
--
-- KEYS     1 the set of the batches counted in this period   2 the set of the period before
-- ARGV     1 the batch's fingerprint   2 when KEYS[1] expires (unix seconds)
--          3 stem of the app's day   4 when what is counted expires   5 hash of the device, '' for none
--          6 most values of a dimension   7 most builds of all events, and most values of all properties
--          8 key of the counters of refusals, '' for no refusal   9 when they expire   10 the reason
--          11 to 14 channel, platform, arch, version   15 sum of the events' counts   16 number of events
--          per event: name, count, number of properties
--            per property: name, number of values
--              per value: value, count
-- Returns  {'done'}, {'again'} or {'foreign'} and the key that holds something that is not ours; after
--          'done' what could not be written for that reason

local call, pcall = redis.call, redis.pcall
local id, stem, expire_at, device = ARGV[1], ARGV[3], ARGV[4], ARGV[5]
local value_cap, pair_cap = tonumber(ARGV[6]), tonumber(ARGV[7])
local OTHER, DIMENSIONS = '(other)', {'c:', 'p:', 'a:', 'v:'}
local counts, sketch = stem .. 'e', stem .. 'eu:'

if call('SISMEMBER', KEYS[1], id) == 1 or call('SISMEMBER', KEYS[2], id) == 1 then return {'again'} end
local found = pcall('HLEN', counts)
if type(found) == 'table' and found.err then return {'foreign', counts} end

-- A store that refuses to write (read-only, out of memory) refuses here, before anything changed.
call('SADD', KEYS[1], id)
call('EXPIREAT', KEYS[1], ARGV[2])

-- Gathered first: many values of one summary may go to the same (other).
local sums, distinct, grown, overflow = {}, {}, {}, {}

local function is_known(field)
  return sums[field] or call('HEXISTS', counts, field) == 1
end

local function number_of(dimension)
  distinct[dimension] = distinct[dimension] or tonumber(call('HGET', counts, '#' .. dimension) or 0) or 0
  return distinct[dimension]
end

local function grow(dimension)
  distinct[dimension] = number_of(dimension) + 1
  grown[dimension] = distinct[dimension]
end

-- Whether there is room for one more distinct value; takes it.
local function takes_room(dimension, cap)
  if number_of(dimension) >= cap then return false end
  grow(dimension)
  return true
end

local function fold(dimension, n)
  overflow[dimension] = (overflow[dimension] or 0) + n
end

local function add(field, n)
  sums[field] = (sums[field] or 0) + n
end

-- The value, or (other) where it is a new one and there is no room.
local function place(dimension, value, n)
  if value == '' or value == OTHER or is_known(dimension .. value) or takes_room(dimension, value_cap) then
    return value
  end
  fold(dimension, n)
  return OTHER
end

local function place_build(n)
  local build = {}
  for d = 1, 4 do
    build[d] = place(DIMENSIONS[d], ARGV[10 + d], n)
    if build[d] ~= '' then add(DIMENSIONS[d] .. build[d], n) end
  end
  return table.concat(build, ',')
end

local function add_build(event, build, n)
  local field = 'x:' .. event .. ',' .. build
  if not is_known(field) and not takes_room('x:', pair_cap) then
    fold('x:', n)
    field = table.concat({'x:' .. event, OTHER, OTHER, OTHER, OTHER}, ',')
  end
  add(field, n)
end

-- A property that is known has always room for its (other); one that is not goes to the event's (other).
local function add_value(event, property, value, n)
  local dimension = 'pv:' .. event .. ',' .. property .. ','
  if value ~= OTHER and not is_known(dimension .. value) then
    if number_of(dimension) < value_cap and takes_room('pv:', pair_cap) then
      grow(dimension)
    else
      fold('pv:', n)
      value = OTHER
    end
  end
  if value == OTHER and number_of(dimension) == 0 and not is_known(dimension .. OTHER) then
    if not takes_room('pv:', pair_cap) then dimension = 'pv:' .. event .. ',' .. OTHER .. ',' end
  end
  add(dimension .. value, n)
end

local at, build = 17, ''
if ARGV[16] ~= '0' then
  add('all', ARGV[15])
  build = place_build(ARGV[15])
end
for _ = 1, tonumber(ARGV[16]) do
  local event, n, n_properties = place('e:', ARGV[at], ARGV[at + 1]), ARGV[at + 1], tonumber(ARGV[at + 2])
  at = at + 3
  add('e:' .. event, n)
  add_build(event, build, n)
  for _ = 1, n_properties do
    local property, n_values = ARGV[at], tonumber(ARGV[at + 1])
    at = at + 2
    for value_at = at, at + 2 * n_values - 2, 2 do
      -- What has no name has no properties.
      if event ~= OTHER then add_value(event, property, ARGV[value_at], ARGV[value_at + 1]) end
    end
    at = at + 2 * n_values
  end
end

-- What fails from here on is left out: Lua does not roll back, so an error half-way must not end it.
local reply = {'done'}
local function count(field, n)
  if type(pcall('HINCRBY', counts, field, string.format('%.0f', n))) == 'table' then
    reply[#reply + 1] = counts .. ' ' .. field
  end
end

for field, n in pairs(sums) do
  count(field, n)
  local key = sketch .. field
  local changed = device ~= '' and pcall('PFADD', key, device)
  if changed == 1 then
    call('EXPIREAT', key, expire_at)
  elseif type(changed) == 'table' then
    reply[#reply + 1] = key
  end
end
for dimension, n in pairs(grown) do call('HSET', counts, '#' .. dimension, n) end
for dimension, n in pairs(overflow) do count('o:' .. dimension, n) end
call('EXPIREAT', counts, expire_at)
if ARGV[8] ~= '' and type(pcall('HINCRBY', ARGV[8], 'r:' .. ARGV[10], 1)) == 'number' then
  call('EXPIREAT', ARGV[8], ARGV[9])
end
return reply
