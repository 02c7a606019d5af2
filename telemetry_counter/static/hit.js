// Counts page views for telemetry-counter: no cookie, no storage, nothing but path, referrer and campaign.
(function (d, w, n, l) {
  var s = d.currentScript, at = s.src.replace(/hit\.js.*/, "api/telemetry/hit"), last, ref = d.referrer;
  function hit() {
    var p = l.pathname, u = l.search.match(/utm_(source|medium|campaign)=[^&]*/g), b;
    if (p === last) return;
    last = p;
    b = { site: s.dataset.site, owner: s.dataset.owner, path: u ? p + "?" + u.join("&") : p, referrer: ref };
    if (n.globalPrivacyControl || n.doNotTrack == 1) b.dnt = 1;
    ref = "";
    b = JSON.stringify(b);
    fetch(at, { method: "POST", body: b, keepalive: true, credentials: "omit", mode: "no-cors" }).catch(Date);
  }
  var push = history.pushState;
  history.pushState = function () {
    push.apply(history, arguments);
    hit();
  };
  w.addEventListener("popstate", hit);
  if (d.prerendering) d.addEventListener("prerenderingchange", hit, { once: true });
  else hit();
})(document, window, navigator, location);
