-- Commits one batch of one admin and day: cells, values, totals, refusals and their expiry, all or nothing.
--
-- KEYS[1]  the writer's marker, which holds the number of its last batch
-- ARGV     1 stem of the day's keys   2 when they expire (unix seconds)
--          3 number of the batch      4 life of the marker (seconds)
--          5 most values a dimension  6 most cells an app
--          7 key of the revisions if the day is closed, else ''   8 the day's stamp   9 number of apps
--          per app: name, number of cells, number of tallies, number of refusals,
--            per cell: 'channel,platform,arch,version,state', channel, platform, arch, version, requests, devices
--              (devices: their hashes of 8 bytes each, joined)
--            per tally: space, dimension, value, most values of the dimension, requests, devices, 1 with a sketch
--            per refusal: reason, count
-- Returns  {'done' or 'again', kind, name, kind, name, ...}: what could not be written, because a key holds
--          something else: kind 'app', 'cell', 'space' (nothing of it), 'key' (the rest of it was counted).

local call, pcall, sub, concat = redis.call, redis.pcall, string.sub, table.concat
local stem, expire_at = ARGV[1], ARGV[2]
local value_cap, cell_cap = tonumber(ARGV[5]), tonumber(ARGV[6])
local OTHER, HASH_BYTES, CELL_ARGS, TALLY_ARGS = '(other)', 8, 7, 7
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

local function devices_of(joined)
  if #joined == HASH_BYTES then return {joined}, 1 end
  local devices, n = {}, 0
  for at = 1, #joined, HASH_BYTES do
    n = n + 1
    devices[n] = sub(joined, at, at + HASH_BYTES - 1)
  end
  return devices, n
end

local function commit_refusals(app, refusals_at, n_refusals)
  local counters = stem .. app .. ':n'
  for at = refusals_at, refusals_at + 2 * n_refusals - 1, 2 do
    if is_error(pcall('HINCRBY', counters, 'r:' .. ARGV[at], ARGV[at + 1])) then return failed('key', counters) end
  end
  expire(counters)
end

-- Sums by value, for hits that have no cell: pages in the space 'w', events in the space 'e'.
local function commit_tallies(app, tallies_at, n_tallies)
  for at = tallies_at, tallies_at + (n_tallies - 1) * TALLY_ARGS, TALLY_ARGS do
    local space, dimension, value, cap = ARGV[at], ARGV[at + 1], ARGV[at + 2], tonumber(ARGV[at + 3])
    local requests, devices = ARGV[at + 4], ARGV[at + 5]
    local hash = stem .. app .. ':' .. space
    local field = dimension .. value
    local before = pcall('HGET', hash, field)
    if is_error(before) then
      failed('space', app .. ':' .. space)
    else
      if not before and cap > 0 then
        if tonumber(call('HGET', hash, '#' .. dimension) or 0) >= cap then
          call('HINCRBY', hash, 'o:' .. dimension, requests)
          field = dimension .. OTHER
          before = call('HGET', hash, field)
        else
          call('HINCRBY', hash, '#' .. dimension, 1)
        end
      end
      call('HINCRBY', hash, field, requests)
      local key = hash .. 'u:' .. field
      if not before then expire(hash) end
      if ARGV[at + 6] == '1' then
        if is_error(pcall('PFADD', key, unpack((devices_of(devices))))) then
          failed('key', key)
        elseif not before then
          expire(key)
        end
      end
    end
  end
end

local function commit_cells(app, cells_at, n_cells)
  local base = stem .. app .. ':'
  local counters, cells, sketch = base .. 'n', base .. 'c', base .. 'u:'
  if is_error(pcall('HLEN', counters)) then return failed('app', app) end

  local new_counter = false
  local fields = {}
  for i = 1, n_cells do fields[i] = ARGV[cells_at + (i - 1) * CELL_ARGS] end
  local known = pcall('HMGET', cells, unpack(fields))
  if is_error(known) or is_error(pcall('PFADD', sketch .. 'all')) then return failed('app', app) end

  -- Sums and devices by counter field; 'all' is the first.
  local names, sums, seen, counted_as = {'all'}, {0}, {{}}, {}
  local position = {{}, {}, {}, {}}
  local overflow = {}

  local function add(at, requests, devices, n)
    sums[at] = sums[at] + requests
    local list = seen[at]
    local length = #list
    for j = 1, n do list[length + j] = devices[j] end
  end

  -- A value stays if it was counted before or there is room for it; else it is folded into (other).
  local kept, distinct = {{}, {}, {}, {}}, {}
  local function keep(d, value)
    if value == '' then return value end
    if not kept[d][value] then
      local dimension, stays = DIMENSIONS[d], value
      if call('HEXISTS', counters, dimension .. value) == 0 then
        distinct[d] = distinct[d] or tonumber(call('HGET', counters, '#' .. dimension) or 0)
        if distinct[d] >= value_cap then
          stays = OTHER
        else
          distinct[d] = distinct[d] + 1
        end
      end
      kept[d][value] = stays
    end
    return kept[d][value]
  end

  local counts, written, n_known = {}, {}, nil
  local new_cell = false

  -- The values and the field under which a cell that is not known yet is counted.
  local function place(at, requests)
    local values, folded = {}, false
    for d = 1, 4 do
      values[d] = keep(d, ARGV[at + d])
      if values[d] ~= ARGV[at + d] then
        folded = true
        local field = 'o:' .. DIMENSIONS[d]
        overflow[field] = (overflow[field] or 0) + requests
      end
    end
    local state = string.match(ARGV[at], '[^,]*$')
    local field = ARGV[at]
    if folded then field = concat(values, ',') .. ',' .. state end
    if folded and not counts[field] then counts[field] = tonumber(call('HGET', cells, field) or nil) end
    if not counts[field] then
      n_known = n_known or call('HLEN', cells)
      if n_known >= cell_cap then
        overflow['o:x:'] = (overflow['o:x:'] or 0) + requests
        field = OTHER .. ',' .. OTHER .. ',' .. OTHER .. ',' .. OTHER .. ',' .. state
        counts[field] = counts[field] or tonumber(call('HGET', cells, field) or nil)
      else
        n_known = n_known + 1
      end
    end
    return values, field
  end

  for i = 1, n_cells do
    local at = cells_at + (i - 1) * CELL_ARGS
    local requests = tonumber(ARGV[at + 5])
    local values, field = nil, fields[i]
    if known[i] then
      counts[field] = counts[field] or tonumber(known[i])
    else
      values, field = place(at, requests)
    end
    local devices, n = devices_of(ARGV[at + 6])
    local key = sketch .. 'x:' .. field
    if is_error(pcall('PFADD', key, unpack(devices))) then
      failed('cell', app .. ':' .. fields[i])
    else
      if not counts[field] then
        expire(key)
        counts[field] = 0
        new_cell = true
      end
      counts[field] = counts[field] + requests
      written[field] = true
      add(1, requests, devices, n)
      for d = 1, 4 do
        local value = values and values[d] or ARGV[at + d]
        if value ~= '' then
          local p = position[d][value]
          if not p then
            p = #names + 1
            position[d][value] = p
            names[p], sums[p], seen[p], counted_as[p] = DIMENSIONS[d] .. value, 0, {}, d
          end
          add(p, requests, devices, n)
        end
      end
    end
  end

  local pairs_of = {}
  for field in pairs(written) do
    pairs_of[#pairs_of + 1] = field
    pairs_of[#pairs_of + 1] = counts[field]
  end
  if #pairs_of == 0 then return expire(sketch .. 'all') end
  call('HSET', cells, unpack(pairs_of))
  if new_cell then expire(cells) end

  for first = 1, #names, MOST_UNPACKED do
    local last_one = math.min(first + MOST_UNPACKED - 1, #names)
    local before = call('HMGET', counters, unpack(names, first, last_one))
    pairs_of = {}
    for p = first, last_one do
      local key, old = sketch .. names[p], before[p - first + 1]
      local unwritten = is_error(pcall('PFADD', key, unpack(seen[p])))
      if unwritten then failed('key', key) end
      if not old then
        new_counter = true
        if not unwritten then expire(key) end
        local d = counted_as[p]
        if d and names[p] ~= DIMENSIONS[d] .. OTHER then call('HINCRBY', counters, '#' .. DIMENSIONS[d], 1) end
      end
      pairs_of[#pairs_of + 1] = names[p]
      pairs_of[#pairs_of + 1] = sums[p] + (old or 0)
    end
    call('HSET', counters, unpack(pairs_of))
  end
  for field, requests in pairs(overflow) do call('HINCRBY', counters, field, requests) end
  if new_counter then expire(counters) end

  local active = stem .. 'apps'
  local requests = pcall('HINCRBY', active, app, sums[1])
  if is_error(requests) then
    failed('key', active)
  elseif requests == sums[1] then
    expire(active)
  end
end

local at = 10
for _ = 1, tonumber(ARGV[9]) do
  local app = ARGV[at]
  local n_cells, n_tallies, n_refusals = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  at = at + 4
  if n_cells > 0 then commit_cells(app, at, n_cells) end
  at = at + n_cells * CELL_ARGS
  if n_tallies > 0 then commit_tallies(app, at, n_tallies) end
  at = at + n_tallies * TALLY_ARGS
  if n_refusals > 0 then commit_refusals(app, at, n_refusals) end
  at = at + 2 * n_refusals
end
if ARGV[7] ~= '' then pcall('HINCRBY', ARGV[7], ARGV[8], 1) end
if #reply > 1 then call('SET', KEYS[1], ARGV[3] .. '\n' .. concat(reply, '\n', 2), 'EX', ARGV[4]) end
return reply
