-- Changes fields of an admin's hashes and notes it in the log: all of it, or nothing where a field is not as expected.
--
-- KEYS[1]  the log   KEYS[1 + i]  the hash of the i-th change
-- ARGV     1 the log's entry   2 most entries of the log
--          per change: field; '=' and what it must hold, '-' if it must be missing, '*' for either;
--            '=' and what it is to hold, '-' if it is to go
-- Returns  1, or 0 where a field was not as expected.

local CHANGE_ARGS = 3

local function argument(i, offset)
  return ARGV[2 + (i - 2) * CHANGE_ARGS + offset]
end

for i = 2, #KEYS do
  local wanted = argument(i, 2)
  local held = redis.call('HGET', KEYS[i], argument(i, 1))
  if wanted ~= '*' and wanted ~= (held and '=' .. held or '-') then return 0 end
end

for i = 2, #KEYS do
  local new = argument(i, 3)
  if new == '-' then
    redis.call('HDEL', KEYS[i], argument(i, 1))
  else
    redis.call('HSET', KEYS[i], argument(i, 1), string.sub(new, 2))
  end
end
redis.call('LPUSH', KEYS[1], ARGV[1])
redis.call('LTRIM', KEYS[1], 0, tonumber(ARGV[2]) - 1)
return 1
