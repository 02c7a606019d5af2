-- Counts one summary of events, once: all of it or nothing.
--
-- KEYS[1]  the set of the batches counted in this period
-- ARGV     1 the set of the period before   2 the batch's fingerprint   3 when KEYS[1] expires (unix seconds)
--          4 stem of the app's day   5 when what is counted expires   6 hash of the device, '' for none
--          7 most values of a dimension   8 most builds of all events, and most values of all properties
--          9 key of the counters of refusals, '' for no refusal   10 when they expire   11 the reason
--          12 to 15 channel, platform, arch, version   16 sum of the events' counts   17 number of events
--          per event: name, count, number of properties
--            per property: name, number of values
--              per value: value, count
-- Returns  {'done'}, {'again'} or {'foreign'} and the key that holds something that is not ours; after
--          'done' the sketches that do

local call, pcall = redis.call, redis.pcall
local id, stem, expire_at, device = ARGV[2], ARGV[4], ARGV[5], ARGV[6]
local value_cap, pair_cap = tonumber(ARGV[7]), tonumber(ARGV[8])
local OTHER, DIMENSIONS = '(other)', {'c:', 'p:', 'a:', 'v:'}
local counts, sketch = stem .. 'e', stem .. 'eu:'

if call('SISMEMBER', KEYS[1], id) == 1 or call('SISMEMBER', ARGV[1], id) == 1 then return {'again'} end
local found = pcall('HLEN', counts)
if type(found) == 'table' and found.err then return {'foreign', counts} end

-- A store that refuses to write (read-only, out of memory) refuses here, before anything changed.
call('SADD', KEYS[1], id)
call('EXPIREAT', KEYS[1], ARGV[3])

-- Gathered first: many values of one summary may go to the same (other).
local sums, distinct, grown, overflow = {}, {}, {}, {}

local function is_known(field)
  return sums[field] or call('HEXISTS', counts, field) == 1
end

local function number_of(dimension)
  distinct[dimension] = distinct[dimension] or tonumber(call('HGET', counts, '#' .. dimension) or 0)
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
    build[d] = place(DIMENSIONS[d], ARGV[11 + d], n)
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

local at, build = 18, ''
if ARGV[17] ~= '0' then
  add('all', ARGV[16])
  build = place_build(ARGV[16])
end
for _ = 1, tonumber(ARGV[17]) do
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

local reply = {'done'}
for field, n in pairs(sums) do
  call('HINCRBY', counts, field, string.format('%.0f', n))
  local key = sketch .. field
  local changed = device ~= '' and pcall('PFADD', key, device)
  if changed == 1 then
    call('EXPIREAT', key, expire_at)
  elseif type(changed) == 'table' then
    reply[#reply + 1] = key
  end
end
for dimension, n in pairs(grown) do call('HSET', counts, '#' .. dimension, n) end
for dimension, n in pairs(overflow) do call('HINCRBY', counts, 'o:' .. dimension, string.format('%.0f', n)) end
call('EXPIREAT', counts, expire_at)
if ARGV[9] ~= '' and type(pcall('HINCRBY', ARGV[9], 'r:' .. ARGV[11], 1)) == 'number' then
  call('EXPIREAT', ARGV[9], ARGV[10])
end
return reply
