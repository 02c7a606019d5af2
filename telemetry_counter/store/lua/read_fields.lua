-- Some fields of several hashes: only those that are there come back.
--
-- KEYS     the hashes
-- ARGV     the fields
-- Returns  number of the hash, number of the field, value, ...

local found = {}
for hash = 1, #KEYS do
  local values = redis.call('HMGET', KEYS[hash], unpack(ARGV))
  for field = 1, #ARGV do
    if values[field] then
      found[#found + 1] = hash
      found[#found + 1] = field
      found[#found + 1] = values[field]
    end
  end
end
return found
