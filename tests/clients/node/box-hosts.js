// Sends requests for Box's hosts to the address in DOCGEN_URL instead. Loaded before each suite.
const https = require("https");

const HOSTS = new Set(["api.box.com", "upload.box.com", "account.box.com"]);
const local = new URL(process.env.DOCGEN_URL);

if (!https.request.redirectsToDocgen) {
  const { request } = https;
  https.request = (options, ...rest) => {
    if (options.hostname === local.hostname) return request(options, ...rest);
    if (!HOSTS.has(options.hostname)) throw new Error(`Unexpected call to ${options.hostname}`);
    const place = { host: local.hostname, hostname: local.hostname, port: local.port };
    return request({ ...options, ...place }, ...rest);
  };
  https.request.redirectsToDocgen = true;
}
