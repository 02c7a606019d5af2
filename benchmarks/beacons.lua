-- wrk script: update checks or beacons (PATH_ONLY) from ever new devices over 768 cells:
-- 4 channels x 4 platforms x 2 architectures x 12 versions x 2 states.
local path = os.getenv("REQUEST_PATH") or "/telemetry/beacon"
local owner, app = os.getenv("OWNER") or "acme", os.getenv("APP") or "editor"
local owners = tonumber(os.getenv("OWNERS") or "0") -- more than 0: acme1, acme2 and so on, in turn
local turn = 0
local with_state = path == "/telemetry/beacon"
local channels = {"stable", "beta", "nightly", "alpha"}
local platforms = {"linux", "darwin", "windows", "android"}
local archs = {"amd64", "arm64"}
local random, format = math.random, string.format

function init()
  local source = io.open("/dev/urandom", "rb")
  local a, b, c = source:read(3):byte(1, 3)
  source:close()
  math.randomseed(a * 65536 + b * 256 + c)
end

function request()
  local of = owner
  if owners > 0 then
    turn = turn % owners + 1
    of = owner .. turn
  end
  local device = format("%08x-%04x-4%03x-a%03x-%06x%06x", random(0, 2147483647), random(0, 65535),
    random(0, 4095), random(0, 4095), random(0, 16777215), random(0, 16777215))
  local target = format("%s?app_name=%s&owner=%s&version=1.%d.0&channel=%s&platform=%s&arch=%s", path, app, of,
    random(0, 11), channels[random(4)], platforms[random(4)], archs[random(2)])
  if with_state then target = target .. "&is_latest=" .. (random() < 0.3 and "true" or "false") end
  return wrk.format("GET", target, {["X-Device-ID"] = device})
end
