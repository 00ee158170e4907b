// The gateway's viewer-request function. The line above is generated from cloudfront/routes/table.go; what is not in it is refused.
// ECMAScript 5.1 only: that is what CloudFront Functions promise in full.
var bits = { GET: 1, HEAD: 1, POST: 2, PUT: 4, PATCH: 8, DELETE: 16, OPTIONS: 31 };

// find walks the tree of path segments and returns the code of the first route that takes the method, or 0.
// A code is the route's method bits plus 32 times what to do; trace.depth becomes the number of
// segments before a "*", or of all.
function find(node, parts, i, method, trace) {
  var code, child, rest, k, suffix, end;
  if (typeof node === 'number') {
    node = { $: node };
  }
  if (i === parts.length) {
    trace.depth = i;
    return node.$ & method ? node.$ : 0;
  }
  child = node['/' + parts[i]];
  code = child ? find(child, parts, i + 1, method, trace) : 0;
  if (!code && node['{}'] && parts[i]) {
    code = find(node['{}'], parts, i + 1, method, trace);
  }
  if (!code && node['{+}'] && parts[i]) {
    rest = parts.slice(i).join('/');
    for (k = 0; k < node['{+}'].length && !code; k++) {
      suffix = node['{+}'][k][0];
      end = rest.length - suffix.length;
      if (node['{+}'][k][1] & method && end > 0 && rest.slice(end) === suffix && rest.charAt(end - 1) !== '/') {
        code = node['{+}'][k][1];
      }
    }
  }
  if (!code && node['*'] & method) {
    code = node['*'];
    trace.depth = i;
  }
  return code;
}

// hex writes an address as its family and its bits in hexadecimal; '' if it is none.
function hex(ip) {
  var out = '', halves, groups, missing, k;
  var v4 = /^(?:::ffff:)?(\d+)\.(\d+)\.(\d+)\.(\d+)$/i.exec(ip);
  if (v4) {
    for (k = 1; k < 5; k++) {
      if (v4[k] > 255) {
        return '';
      }
      out += (256 + Number(v4[k])).toString(16).slice(1);
    }
    return '4' + out;
  }
  halves = ip.toLowerCase().split('::');
  if (halves.length > 2 || /[^0-9a-f:]|[0-9a-f]{5}/.test(ip.toLowerCase())) {
    return '';
  }
  groups = halves[0] ? halves[0].split(':') : [];
  if (halves.length === 2) {
    halves = halves[1] ? halves[1].split(':') : [];
    for (missing = 8 - groups.length - halves.length; missing > 0; missing--) {
      groups.push('0');
    }
    groups = groups.concat(halves);
  }
  if (groups.length !== 8) {
    return '';
  }
  for (k = 0; k < 8; k++) {
    out += ('000' + groups[k]).slice(-4);
  }
  return '6' + out;
}

// within says whether an address lies in one of the networks: [whole hexadecimal digits, bits dropped of the next, its value].
function within(ip, networks) {
  var k, n, digits = networks.length ? hex(ip) : '';
  for (k = 0; digits && k < networks.length; k++) {
    n = networks[k];
    if (digits.indexOf(n[0]) === 0 && (n[1] === 4 || parseInt(digits.charAt(n[0].length), 16) >> n[1] === n[2])) {
      return true;
    }
  }
  return networks.length === 0;
}

// LiteLLM reads a key from these headers (SpecialHeaders in litellm/proxy/_types.py), Gemini's clients may send it as ?key=.
var keys = ['authorization', 'x-api-key', 'api-key', 'x-goog-api-key', 'ocp-apim-subscription-key', 'x-litellm-api-key'];

function hasKey(request) {
  return request.querystring.key || keys.some(function (name) { return request.headers[name]; });
}

function refuse(code, message, status) {
  return {
    statusCode: status || 403,
    headers: { 'content-type': { value: 'application/json' }, 'cache-control': { value: 'no-store' } },
    body: JSON.stringify({ error: { message: message, type: 'invalid_request_error', param: null, code: code } })
  };
}

function handler(event) {
  var request = event.request, uri = request.uri, length = request.headers['content-length'], path, code, action, judged, trace = { depth: 0 };
  var method = bits.hasOwnProperty(request.method) ? bits[request.method] : 0;
  if (request.headers['sec-websocket-key'] || (request.headers.upgrade && /websocket/i.test(request.headers.upgrade.value))) {
    return refuse('upgrade_refused', 'WebSockets are not available here.');
  }
  try {
    path = uri.length > 2048 ? '' : decodeURIComponent(uri);
  } catch (e) {
    path = '';
  }
  // A dot segment is refused with whatever a server might cut off it: "..;", ".. " and the like.
  if (path.charAt(0) !== '/' || /[\x00-\x1f\x7f-\x9f\\]|\/\/|\/\.(?:\W|$)/.test(path) || (settings.strict && /[^ -~]|%/.test(path))) {
    return refuse('malformed_path', 'The path is malformed.');
  }
  code = find(settings.routes, path.split('/').slice(1), 0, method, trace);
  action = code >> 5;
  judged = action === 0 || action === 3;
  // Grafana's and Langfuse's paths are forwarded as they came, so their fixed part must have come in clear.
  if (!code || (!judged && uri.split('/').slice(0, trace.depth + 1).join('/') !== path.split('/').slice(0, trace.depth + 1).join('/'))) {
    return refuse('not_public', 'This method and path are not available from the internet.');
  }
  if (!within(event.viewer.ip, judged ? settings.api : settings.console)) {
    return refuse('address_refused', 'Your address may not use this service.');
  }
  // LiteLLM reads the whole body into memory before it looks at the key.
  if (length && !(length.value <= settings.body)) {
    return refuse('body_too_large', 'The request body is larger than ' + settings.body + ' bytes.', 413);
  }
  if (judged && !length && (method !== 31 && method & 14 || request.headers['transfer-encoding'])) {
    return refuse('length_required', 'The request needs a content-length.', 411);
  }
  if (action === 0 && method !== 31 && !hasKey(request)) {
    return refuse('no_key', 'The request carries no API key.', 401);
  }
  if (action === 2) {
    // A parameter that came more than once has all its values in multiValue.
    var query = Object.keys(request.querystring).map(function (name) {
      var given = request.querystring[name];
      return (given.multiValue || [given]).map(function (one) { return name + '=' + one.value; }).join('&');
    }).join('&');
    return { statusCode: 302, statusDescription: 'Found', headers: {
      location: { value: settings.langfuse + (uri.slice(9) || '/') + (query && '?' + query) }, 'cache-control': { value: 'no-store' }
    } };
  }
  if (judged) {
    // What was judged is what goes on: LiteLLM decodes the same path from it.
    request.uri = encodeURI(path).replace(/[?#]/g, encodeURIComponent);
  }
  return request;
}
