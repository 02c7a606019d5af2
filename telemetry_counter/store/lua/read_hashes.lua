-- Several hashes in one answer.
--
-- KEYS     the hashes
-- ARGV     fields of all but the first that are wanted; none: all of them
-- Returns  field, value, field, value, ... of each

local hashes = {redis.call('HGETALL', KEYS[1])}
for i = 2, #KEYS do
  if #ARGV == 0 then
    hashes[i] = redis.call('HGETALL', KEYS[i])
  else
    local pairs_of, values = {}, redis.call('HMGET', KEYS[i], unpack(ARGV))
    for j = 1, #ARGV do
      if values[j] then
        pairs_of[#pairs_of + 1] = ARGV[j]
        pairs_of[#pairs_of + 1] = values[j]
      end
    end
    hashes[i] = pairs_of
  end
end
return hashes
