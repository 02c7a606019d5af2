-- Commits one batch of one admin and day: cells, values, totals, refusals and their expiry, all or nothing.
--
-- KEYS[1]  the writer's marker, which holds the number of its last batch
-- ARGV     1 stem of the day's keys   2 when they expire (unix seconds)
--          3 number of the batch      4 life of the marker (seconds)
--          5 most values a dimension  6 most cells an app
--          7 key of the revisions if the day is closed, else ''   8 the day's stamp   9 number of apps
--          per app: name, number of values, of cells, of tallies, of refusals,
--            per value: its dimension and itself, 'c:stable'
--            per cell: 'channel,platform,arch,version,state', and packed: places of its four values among those above
--              (2 bytes each, 0: not stated), requests (4 bytes), hashes of its devices (8 bytes each)
--            per tally: space, dimension, value, most values of the dimension, requests, devices, 1 with a sketch
--            per refusal: reason, count
-- Returns  {'done' or 'again', kind, name, kind, name, ...}: what could not be written, because a key holds
--          something else: kind 'app', 'cell', 'space' (nothing of it), 'key' (the rest of it was counted).

local call, pcall, sub, byte, concat = redis.call, redis.pcall, string.sub, string.byte, table.concat
local stem, expire_at = ARGV[1], ARGV[2]
local value_cap, cell_cap = tonumber(ARGV[5]), tonumber(ARGV[6])
local OTHER, HASH_BYTES, PACKED_BYTES, CELL_ARGS, TALLY_ARGS = '(other)', 8, 12, 2, 7
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

-- `values_at`: the batch's distinct values, each with its dimension: 'c:stable'. A cell is its field and, packed, the
-- places of its four values among them, its requests and its devices: a tenth less for the store than each by itself.
local function commit_cells(app, values_at, n_values, cells_at, n_cells)
  local base = stem .. app .. ':'
  local counters, cells, sketch, cell_sketch = base .. 'n', base .. 'c', base .. 'u:', base .. 'u:x:'
  if is_error(pcall('HLEN', counters)) then return failed('app', app) end

  local new_counter = false
  local fields = {}
  for i = 1, n_cells do fields[i] = ARGV[cells_at + (i - 1) * CELL_ARGS] end
  local known = pcall('HMGET', cells, unpack(fields))
  if is_error(known) or is_error(pcall('PFADD', sketch .. 'all')) then return failed('app', app) end

  -- Requests and devices by counter field; a value keeps its place, and ALL comes after them.
  local ALL = n_values + 1
  local names, sums, seen, length = {}, {}, {}, {}
  for i = 1, n_values do names[i] = ARGV[values_at + i - 1] end
  names[ALL] = 'all'
  local overflow = {}

  local function add(at, requests, devices, n)
    if at == 0 then return end
    if not sums[at] then sums[at], seen[at], length[at] = 0, {}, 0 end
    sums[at] = sums[at] + requests
    -- The length is kept here: asking a table for it is a search.
    local list, last_one = seen[at], length[at]
    for j = 1, n do list[last_one + j] = devices[j] end
    length[at] = last_one + n
  end

  -- A value stays if it was counted before or there is room for it; else it is folded into (other).
  local kept, distinct, others = {}, {}, {}
  local function keep(at)
    if at == 0 then return at end
    if not kept[at] then
      local dimension = sub(names[at], 1, 2)
      kept[at] = at
      if call('HEXISTS', counters, names[at]) == 0 then
        distinct[dimension] = distinct[dimension] or tonumber(call('HGET', counters, '#' .. dimension) or 0)
        if distinct[dimension] >= value_cap then
          if not others[dimension] then
            others[dimension] = #names + 1
            names[#names + 1] = dimension .. OTHER
          end
          kept[at] = others[dimension]
        else
          distinct[dimension] = distinct[dimension] + 1
        end
      end
    end
    return kept[at]
  end

  -- The field under which a cell that is not known yet is counted; `places` become those of the values that stay.
  local n_known
  local function place(field, places, requests)
    local state = string.match(field, '[^,]*$')
    local words, folded = {}, false
    for d = 1, 4 do
      local stays = keep(places[d])
      if stays ~= places[d] then
        folded = true
        local overflowed = 'o:' .. DIMENSIONS[d]
        overflow[overflowed] = (overflow[overflowed] or 0) + requests
        places[d] = stays
      end
      words[d] = stays == 0 and '' or sub(names[stays], 3)
    end
    if folded then
      field = concat(words, ',') .. ',' .. state
      if call('HEXISTS', cells, field) == 1 then return field end
    end
    n_known = n_known or call('HLEN', cells)
    if n_known < cell_cap then
      n_known = n_known + 1
      return field
    end
    overflow['o:x:'] = (overflow['o:x:'] or 0) + requests
    return OTHER .. ',' .. OTHER .. ',' .. OTHER .. ',' .. OTHER .. ',' .. state
  end

  -- Known cells are written together at the end; a field that place() made is never among them, as no name is (other).
  local new_cell, pairs_of, n_pairs, n_written = false, {}, 0, 0
  for i = 1, n_cells do
    local packed, field, before = ARGV[cells_at + (i - 1) * CELL_ARGS + 1], fields[i], known[i]
    local c, c2, p, p2, a, a2, v, v2, r, r2, r3, r4 = byte(packed, 1, PACKED_BYTES)
    local places = {c + 256 * c2, p + 256 * p2, a + 256 * a2, v + 256 * v2}
    local requests = r + 256 * (r2 + 256 * (r3 + 256 * r4))
    if not before then field = place(field, places, requests) end
    local devices, n = devices_of(sub(packed, PACKED_BYTES + 1))
    local key = cell_sketch .. field
    if is_error(pcall('PFADD', key, unpack(devices))) then
      failed('cell', app .. ':' .. fields[i])
    else
      n_written = n_written + 1
      if before then
        pairs_of[n_pairs + 1], pairs_of[n_pairs + 2] = field, before + requests
        n_pairs = n_pairs + 2
      elseif call('HINCRBY', cells, field, requests) == requests then
        expire(key)
        new_cell = true
      end
      add(ALL, requests, devices, n)
      for d = 1, 4 do add(places[d], requests, devices, n) end
    end
  end
  if n_written == 0 then return expire(sketch .. 'all') end
  if n_pairs > 0 then call('HSET', cells, unpack(pairs_of)) end
  if new_cell then expire(cells) end

  local counted = {}
  for at in pairs(sums) do counted[#counted + 1] = at end
  for first = 1, #counted, MOST_UNPACKED do
    local last_one = math.min(first + MOST_UNPACKED - 1, #counted)
    local asked = {}
    for i = first, last_one do asked[#asked + 1] = names[counted[i]] end
    local before = call('HMGET', counters, unpack(asked))
    pairs_of = {}
    for i = 1, #asked do
      local at, name, old = counted[first + i - 1], asked[i], before[i]
      local key = sketch .. name
      local unwritten = is_error(pcall('PFADD', key, unpack(seen[at])))
      if unwritten then failed('key', key) end
      if not old then
        new_counter = true
        if not unwritten then expire(key) end
        if at <= n_values then call('HINCRBY', counters, '#' .. sub(name, 1, 2), 1) end
      end
      pairs_of[2 * i - 1] = name
      pairs_of[2 * i] = sums[at] + (old or 0)
    end
    call('HSET', counters, unpack(pairs_of))
  end
  for field, requests in pairs(overflow) do call('HINCRBY', counters, field, requests) end
  if new_counter then expire(counters) end

  local active = stem .. 'apps'
  local requests = pcall('HINCRBY', active, app, sums[ALL])
  if is_error(requests) then
    failed('key', active)
  elseif requests == sums[ALL] then
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
