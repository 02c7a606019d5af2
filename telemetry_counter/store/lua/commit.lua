-- Commits one batch of one admin and day: cells, values, totals, refusals and their expiry, all or nothing.
--
-- KEYS[1]  the writer's marker, which holds the number of its last batch
-- ARGV     1 stem of the day's keys   2 when they expire (unix seconds)
--          3 number of the batch      4 life of the marker (seconds)
--          5 most values a dimension  6 most cells an app
--          7 key of the revisions if the day is closed, else ''   8 the day's stamp   9 number of apps
--          per app: name, number of values, of cells, of tallies, of refusals,
--            per value: its dimension and itself, 'c:stable'; the last is 'all'
--            per cell: 'channel,platform,arch,version,state'
--            per cell, packed: places of its four values among those above (2 bytes each, 0: not stated), requests
--              (4 bytes), hashes of its devices (8 bytes each)
--            per tally: space, dimension, value, most values of the dimension, requests, devices, 1 with a sketch
--            per refusal: reason, count
-- Returns  {'done' or 'again', kind, name, kind, name, ...}: what could not be written, because a key holds
--          something else: kind 'app', 'cell', 'space' (nothing of it), 'key' (the rest of it was counted).

local call, pcall, sub, byte, concat = redis.call, redis.pcall, string.sub, string.byte, table.concat
local stem, expire_at = ARGV[1], ARGV[2]
local value_cap, cell_cap = tonumber(ARGV[5]), tonumber(ARGV[6])
local OTHER, ALL, HASH_BYTES, PACKED_BYTES, CELL_ARGS, TALLY_ARGS = '(other)', 'all', 8, 12, 2, 7
local MOST_UNPACKED = 2000 -- Lua fails at 8,000
local DIMENSIONS = {'c:', 'p:', 'a:', 'v:'}

-- The marker comes first: a store that refuses to write (read-only, out of memory) refuses here, before anything changed.
-- After the number it holds what that batch could not write, for a retry whose first reply was lost.
local last = call('GET', KEYS[1])
if last and tonumber(string.match(last, '^%d+')) >= tonumber(ARGV[3]) then
  local again = {'again'}
  for word in string.gmatch(last, '\n([^\n]+)') do again[#again + 1] = word end
  return again
end
local marked = pcall('SET', KEYS[1], ARGV[3], 'EX', ARGV[4])
if marked.err then return marked end

local reply = {'done'}
local function failed(kind, name)
  reply[#reply + 1] = kind
  reply[#reply + 1] = name
end

local function is_error(answer)
  return type(answer) == 'table' and answer.err
end

local function expire(key)
  call('EXPIREAT', key, expire_at)
end

-- The hashes after so many bytes, and how many; one comes by itself, as most do.
local function devices_of(packed, head)
  if #packed == head + HASH_BYTES then return sub(packed, head + 1), 1 end
  local devices, n = {}, 0
  for at = head + 1, #packed, HASH_BYTES do
    n = n + 1
    devices[n] = sub(packed, at, at + HASH_BYTES - 1)
  end
  return devices, n
end

local function add_devices(key, devices, n)
  if n == 1 then return pcall('PFADD', key, devices) end
  return pcall('PFADD', key, unpack(devices, 1, n))
end

-- A table made at once has the size it needs; one that grows costs more than what is put in it.
local function arguments(first, last_one)
  if last_one - first < MOST_UNPACKED then return {unpack(ARGV, first, last_one)} end
  local some = {}
  for at = first, last_one do some[at - first + 1] = ARGV[at] end
  return some
end

local function commit_refusals(app, refusals_at, n_refusals)
  local counters = stem .. app .. ':n'
  for at = refusals_at, refusals_at + 2 * n_refusals - 1, 2 do
    if is_error(pcall('HINCRBY', counters, 'r:' .. ARGV[at], ARGV[at + 1])) then return failed('key', counters) end
  end
  expire(counters)
end

-- The field of a value that was not counted before, (other) if there is no room for it; whether it is new.
local function new_field(hash, dimension, field, cap, requests)
  if cap == 0 then return field, true end
  if tonumber(call('HGET', hash, '#' .. dimension) or 0) < cap then
    call('HINCRBY', hash, '#' .. dimension, 1)
    return field, true
  end
  call('HINCRBY', hash, 'o:' .. dimension, requests)
  return dimension .. OTHER, call('HEXISTS', hash, dimension .. OTHER) == 0
end

-- What was counted before is written together at the end; a field that new_field() made is never among it, as no value
-- is (other).
local function commit_fields(hash, fields, places, before)
  local changed, n, is_any_new = {}, 0, false
  for i, field in ipairs(fields) do
    local at, old, is_new = places[i], before[i], false
    local requests = ARGV[at + 4]
    if old then
      changed[n + 1], changed[n + 2] = field, old + requests
      n = n + 2
    else
      field, is_new = new_field(hash, ARGV[at + 1], field, tonumber(ARGV[at + 3]), requests)
      call('HINCRBY', hash, field, requests)
      is_any_new = is_any_new or is_new
    end
    if ARGV[at + 6] == '1' then
      local key = hash .. 'u:' .. field
      if is_error(add_devices(key, devices_of(ARGV[at + 5], 0))) then
        failed('key', key)
      elseif is_new then
        expire(key)
      end
    end
  end
  if n > 0 then call('HSET', hash, unpack(changed, 1, n)) end
  if is_any_new then expire(hash) end
end

-- Sums by value, for hits that have no cell: pages in the space 'w', events in the space 'e'.
local function commit_tallies(app, tallies_at, n_tallies)
  local last_at = tallies_at + (n_tallies - 1) * TALLY_ARGS
  local at = tallies_at
  while at <= last_at do
    local space, fields, places, n = ARGV[at], {}, {}, 0
    while at <= last_at and ARGV[at] == space and n < MOST_UNPACKED do
      n = n + 1
      fields[n], places[n] = ARGV[at + 1] .. ARGV[at + 2], at
      at = at + TALLY_ARGS
    end
    local hash = stem .. app .. ':' .. space
    local before = pcall('HMGET', hash, unpack(fields, 1, n))
    if is_error(before) then
      failed('space', app .. ':' .. space)
    else
      commit_fields(hash, fields, places, before)
    end
  end
end

-- Requests (its devices and so many `more`) and devices of each value; new ones expire, and are counted as distinct.
local function commit_values(counters, sketch, names, more, lists, lengths)
  local new_counter = false
  for first = 1, #names, MOST_UNPACKED do
    local last_one = math.min(first + MOST_UNPACKED - 1, #names)
    local before = call('HMGET', counters, unpack(names, first, last_one))
    local changed, n = {unpack(names, first, last_one)}, 0
    for i = first, last_one do
      local name, requests, old = names[i], lengths[i] + more[i], before[i - first + 1]
      if requests > 0 then
        local key = sketch .. name
        local unwritten = is_error(pcall('PFADD', key, unpack(lists[i], 1, lengths[i])))
        if unwritten then failed('key', key) end
        if not old then
          new_counter = true
          if not unwritten then expire(key) end
          if name ~= ALL and sub(name, 3) ~= OTHER then call('HINCRBY', counters, '#' .. sub(name, 1, 2), 1) end
        end
        changed[n + 1], changed[n + 2] = name, requests + (old or 0)
        n = n + 2
      end
    end
    if n > 0 then call('HSET', counters, unpack(changed, 1, n)) end
  end
  if new_counter then expire(counters) end
end

-- `values_at`: the batch's distinct values, each with its dimension: 'c:stable', the last is 'all'. A cell is its field
-- and, packed, the places of its four values among them, its requests and its devices: a tenth less for the store than
-- each by itself.
local function commit_cells(app, values_at, n_values, cells_at, n_cells)
  local base = stem .. app .. ':'
  local counters, cells, sketch, cell_sketch = base .. 'n', base .. 'c', base .. 'u:', base .. 'u:x:'
  if is_error(pcall('HLEN', counters)) then return failed('app', app) end
  local packed_at = cells_at + n_cells
  local known = pcall('HMGET', cells, unpack(ARGV, cells_at, packed_at - 1))
  if is_error(known) or is_error(pcall('PFADD', sketch .. ALL)) then return failed('app', app) end

  local values_end = values_at + n_values - 1
  local names, more = arguments(values_at, values_end), arguments(values_at, values_end)
  local lengths, lists = arguments(values_at, values_end), arguments(values_at, values_end)
  for v = 1, n_values do more[v], lengths[v], lists[v] = 0, 0, {false, false, false, false, false, false, false, false} end
  local all, overflow = lists[n_values], {}
  local function overflows(dimension, requests)
    overflow['o:' .. dimension] = (overflow['o:' .. dimension] or 0) + requests
  end

  -- A value stays if it was counted before or there is room for it; else it is folded into (other).
  local kept, distinct, others = {}, {}, {}
  local function keep(v)
    if v == 0 or kept[v] then return kept[v] or v end
    local dimension = sub(names[v], 1, 2)
    kept[v] = v
    if call('HEXISTS', counters, names[v]) == 0 then
      distinct[dimension] = distinct[dimension] or tonumber(call('HGET', counters, '#' .. dimension) or 0)
      if distinct[dimension] < value_cap then
        distinct[dimension] = distinct[dimension] + 1
      else
        if not others[dimension] then
          local o = #names + 1
          others[dimension], names[o], more[o], lengths[o], lists[o] = o, dimension .. OTHER, 0, 0, {}
        end
        kept[v] = others[dimension]
      end
    end
    return kept[v]
  end

  -- The field under which a cell that is not known yet is counted, and the places of its values that stay.
  local n_known
  local function place(field, requests, ...)
    local state = string.match(field, '[^,]*$')
    local words, stays, is_folded = {}, {}, false
    for d = 1, 4 do
      local v = select(d, ...)
      stays[d] = keep(v)
      if stays[d] ~= v then
        is_folded = true
        overflows(DIMENSIONS[d], requests)
      end
      words[d] = stays[d] == 0 and '' or sub(names[stays[d]], 3)
    end
    if is_folded then
      field = concat(words, ',') .. ',' .. state
      if call('HEXISTS', cells, field) == 1 then return field, unpack(stays) end
    end
    n_known = n_known or call('HLEN', cells)
    if n_known < cell_cap then
      n_known = n_known + 1
      return field, unpack(stays)
    end
    overflows('x:', requests)
    return OTHER .. ',' .. OTHER .. ',' .. OTHER .. ',' .. OTHER .. ',' .. state, unpack(stays)
  end

  local function add(v, requests, devices, n)
    if v == 0 then return end
    local list, length = lists[v], lengths[v]
    more[v], lengths[v] = more[v] + requests - n, length + n
    if n == 1 then
      list[length + 1] = devices
    else
      for i = 1, n do list[length + i] = devices[i] end
    end
  end

  -- Known cells are written together at the end; a field that place() made is never among them, as no name is (other).
  local new_cell, changed, n, n_written = false, arguments(cells_at, packed_at + n_cells - 1), 0, 0
  for i = 0, n_cells - 1 do
    local packed, field, before = ARGV[packed_at + i], ARGV[cells_at + i], known[i + 1]
    local c, c2, p, p2, a, a2, v, v2, r, r2, r3, r4 = byte(packed, 1, PACKED_BYTES)
    c, p, a, v = c + 256 * c2, p + 256 * p2, a + 256 * a2, v + 256 * v2
    local requests = r + 256 * (r2 + 256 * (r3 + 256 * r4))
    if not before then field, c, p, a, v = place(field, requests, c, p, a, v) end
    local key = cell_sketch .. field
    local devices, n_devices = devices_of(packed, PACKED_BYTES)
    if is_error(add_devices(key, devices, n_devices)) then
      failed('cell', app .. ':' .. ARGV[cells_at + i])
    else
      n_written = n_written + 1
      if before then
        changed[n + 1], changed[n + 2] = field, before + requests
        n = n + 2
      elseif call('HINCRBY', cells, field, requests) == requests then
        expire(key)
        new_cell = true
      end
      if n_devices == 1 and requests == 1 then -- as most are: spelled out, as calls cost a twelfth of the whole commit
        local at = lengths[n_values] + 1
        lengths[n_values], all[at] = at, devices
        if c > 0 then at = lengths[c] + 1; lengths[c], lists[c][at] = at, devices end
        if p > 0 then at = lengths[p] + 1; lengths[p], lists[p][at] = at, devices end
        if a > 0 then at = lengths[a] + 1; lengths[a], lists[a][at] = at, devices end
        if v > 0 then at = lengths[v] + 1; lengths[v], lists[v][at] = at, devices end
      else
        add(n_values, requests, devices, n_devices)
        add(c, requests, devices, n_devices)
        add(p, requests, devices, n_devices)
        add(a, requests, devices, n_devices)
        add(v, requests, devices, n_devices)
      end
    end
  end
  if n_written == 0 then return expire(sketch .. ALL) end
  if n > 0 then call('HSET', cells, unpack(changed, 1, n)) end
  if new_cell then expire(cells) end

  commit_values(counters, sketch, names, more, lists, lengths)
  for field, hits in pairs(overflow) do call('HINCRBY', counters, field, hits) end

  local active, requests = stem .. 'apps', lengths[n_values] + more[n_values]
  local of_app = pcall('HINCRBY', active, app, requests)
  if is_error(of_app) then
    failed('key', active)
  elseif of_app == requests then
    expire(active)
  end
end

local at = 10
for _ = 1, tonumber(ARGV[9]) do
  local app, n_values = ARGV[at], tonumber(ARGV[at + 1])
  local n_cells, n_tallies, n_refusals = tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4])
  local values_at = at + 5
  at = values_at + n_values
  if n_cells > 0 then commit_cells(app, values_at, n_values, at, n_cells) end
  at = at + n_cells * CELL_ARGS
  if n_tallies > 0 then commit_tallies(app, at, n_tallies) end
  at = at + n_tallies * TALLY_ARGS
  if n_refusals > 0 then commit_refusals(app, at, n_refusals) end
  at = at + 2 * n_refusals
end
if ARGV[7] ~= '' then pcall('HINCRBY', ARGV[7], ARGV[8], 1) end
if #reply > 1 then call('SET', KEYS[1], ARGV[3] .. '\n' .. concat(reply, '\n', 2), 'EX', ARGV[4]) end
return reply
