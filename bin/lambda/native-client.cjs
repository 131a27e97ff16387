// aws-lambda-ric loads a compiled addon for three calls of the Runtime API. Compiling it needs autotools, cmake and
// minutes; these are the same three calls in JavaScript. All that streams an answer is the package's own code.
const http = require('node:http');
const Module = require('node:module');

const base = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`;

function call(method, path, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request(`${base}${path}`, { method, headers }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolve({ text: Buffer.concat(chunks).toString('utf8'), headers: response.headers }));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}

const client = {
  next: async () => {
    const { text, headers } = await call('GET', '/next');
    const deadline = Number(headers['lambda-runtime-deadline-ms']);
    return { bodyJson: text, headers: { ...headers, 'lambda-runtime-deadline-ms': deadline } };
  },
  done: (id, body) => void call('POST', `/${id}/response`, body),
  error: (id, body, xray) =>
    void call('POST', `/${id}/error`, body, { 'lambda-runtime-function-xray-error-cause': xray }),
};

const load = Module._load;
Module._load = function (request, ...rest) {
  return request.endsWith('rapid-client.node') ? client : load.call(this, request, ...rest);
};
