// openapi-backend as its documentation shows it on Node's own HTTP server: node openapi_backend.mjs FOLDER SPEC PORT
// FOLDER is where npm has installed it, SPEC the contract in JSON.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const [folder, spec, port] = process.argv.slice(2);
const { OpenAPIBackend } = createRequire(`${folder}/`)('openapi-backend');
const definition = JSON.parse(readFileSync(spec, 'utf8'));
definition.servers = [{ url: '/' }];

const answer = (response, status, body) => {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(body));
};

const api = new OpenAPIBackend({ definition });
api.register({
  validationFail: (context, _request, response) => answer(response, 400, { err: context.validation.errors }),
  notFound: (_context, _request, response) => answer(response, 404, { err: 'not found' }),
  methodNotAllowed: (_context, _request, response) => answer(response, 405, { err: 'method not allowed' }),
  unauthorizedHandler: (_context, _request, response) => answer(response, 401, { err: 'unauthorized' }),
  notImplemented: (context, _request, response) => {
    const { status, mock } = context.api.mockResponseForOperation(context.operation.operationId);
    answer(response, status, mock);
  },
});
for (const [name, scheme] of Object.entries(definition.components.securitySchemes)) {
  api.registerSecurityHandler(name, (context) => Boolean(context.request.headers[scheme.name.toLowerCase()]));
}
await api.init();

createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const { method, url, headers } = request;
    const body = chunks.length ? Buffer.concat(chunks).toString() : undefined;
    api.handleRequest({ method, path: url, headers, body }, request, response)
      .catch((error) => answer(response, 500, { err: String(error) }));
  });
}).listen(Number(port), '127.0.0.1');
