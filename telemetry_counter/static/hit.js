// telemetry-counter's page views: no cookie, no storage; path, referrer and campaign only.
(function (d, n, l, h) {
  var s = d.currentScript, at = new URL(s.dataset.to || "api/telemetry/hit", s.src), last, from = d.referrer, push = h.pushState;
  function hit() {
    var p = l.pathname, u = l.search.match(/utm_(source|medium|campaign)=[^&]*/g), b;
    if (p == last) return;
    last = p;
    b = { site: s.dataset.site, owner: s.dataset.owner, path: u ? p + "?" + u.join("&") : p, referrer: from };
    if (n.globalPrivacyControl || n.doNotTrack == 1) b.dnt = 1;
    from = "";
    fetch(at, { method: "POST", body: JSON.stringify(b), keepalive: true, credentials: "omit", mode: "no-cors" }).catch(Date);
  }
  h.pushState = function () {
    push.apply(h, arguments);
    hit();
  };
  addEventListener("popstate", hit);
  if (d.prerendering) d.addEventListener("prerenderingchange", hit, { once: true });
  else hit();
})(document, navigator, location, history);
