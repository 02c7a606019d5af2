-- wrk script: page views as browsers send them through a reverse proxy: 500 pages, 20 browsers, 4 languages,
-- every third from elsewhere, 60,000 addresses. REQUEST_PATH says which: the pixel's GET or the hit's POST.
local path = os.getenv("REQUEST_PATH") or "/api/telemetry/pixel"
local is_pixel = path == "/api/telemetry/pixel"
local languages = {"en-US,en;q=0.9", "de-DE,de;q=0.9,en;q=0.8", "fr,fr-FR;q=0.8", "pt-BR,pt;q=0.9"}
local referrers = {"https://www.google.com/", "https://news.ycombinator.com/item?id=1", "https://blog.example.net/post"}
local random, format = math.random, string.format
local agents = {}
for version = 110, 119 do
  agents[#agents + 1] = format("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36", version)
  agents[#agents + 1] = format("Mozilla/5.0 (X11; Linux x86_64; rv:%d.0) Gecko/20100101 Firefox/%d.0", version, version)
end

local function build()
  local page = format("/docs/chapter-%d", random(0, 499))
  local referrer = random(3) == 1 and referrers[random(3)] or "https://docs.example.org/"
  local headers = {
    ["User-Agent"] = agents[random(20)],
    ["Accept"] = "*/*",
    ["Accept-Encoding"] = "gzip, deflate, br",
    ["Accept-Language"] = languages[random(4)],
    ["X-Forwarded-For"] = format("%d.%d.%d.%d", random(1, 223), random(0, 255), random(0, 255), random(1, 254)),
  }
  if is_pixel then
    headers["Referer"] = "https://docs.example.org/"
    local target = format("%s?owner=acme&site=editor&path=%s&referrer=%s&ts=%d", path, page, referrer, random(2147483647))
    return wrk.format("GET", target, headers)
  end
  headers["Content-Type"] = "text/plain;charset=UTF-8"
  headers["Origin"] = "https://docs.example.org"
  local body = format('{"owner":"acme","site":"editor","path":"%s","referrer":"%s"}', page, referrer)
  return wrk.format("POST", path, headers, body)
end

local requests = {}

function init()
  local source = io.open("/dev/urandom", "rb")
  local a, b, c = source:read(3):byte(1, 3)
  source:close()
  math.randomseed(a * 65536 + b * 256 + c)
  for i = 1, 60000 do requests[i] = build() end
end

function request()
  return requests[random(60000)]
end
