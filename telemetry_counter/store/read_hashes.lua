-- Several hashes in one answer.
--
-- KEYS[1]  any key of the admin: all hashes are in its slot
-- ARGV     keys of the hashes
-- Returns  field, value, field, value, ... of each

local hashes = {}
for i = 1, #ARGV do hashes[i] = redis.call('HGETALL', ARGV[i]) end
return hashes
