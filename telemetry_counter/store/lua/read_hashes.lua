-- Several hashes in one answer.
--
-- KEYS     the hashes
-- Returns  field, value, field, value, ... of each

local hashes = {}
for i = 1, #KEYS do hashes[i] = redis.call('HGETALL', KEYS[i]) end
return hashes
