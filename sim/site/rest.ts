import type { Machine, System } from './machine.ts';
import { mayCall, RELAY_PRIVILEGES } from './rest-access.ts';
import type { Privilege } from './rest-access.ts';
import { ENDPOINTS, isJson, type RestRequest } from './rest-endpoints.ts';

/**
 * OPNsense's REST API (opnsense/core src/opnsense/mvc/app and www/api.php; file:line of 26.7.2 at each
 * trap). Read side by side with 24.7.12, 26.1.10 and 26.1.11, and tried on 26.1.11's and 26.7.2's own
 * server; what differs between them, and matters, is who may call what (rest-access.ts).
 */

export interface RestAnswer {
  readonly status: number;
  readonly body: string;
}

/** What a person has set up on the firewall for the relay, and what may be wrong with its web server. */
export interface WebServer {
  key: string;
  secret: string;
  privileges: readonly Privilege[];
  /** `sha256//…` of the certificate that it shows. */
  pin: string;
  state: 'ok' | 'hangs' | 'refuses' | 'html';
}

export const webServer = (pin: string): WebServer => ({
  key: 'key-of-the-relay',
  secret: 'DO-NOT-LEAK-api-secret',
  privileges: RELAY_PRIVILEGES,
  pin,
  state: 'ok',
});

/** An action with a parameter of its own: without it there is no such route (Dispatcher.php:106-122). */
const WITH_PARAMETER = ['diagnostics/interface/carp_status'];

/**
 * Runs one request; how long it takes is its own business on the virtual clock. The route is resolved
 * before anybody is asked for a key (Dispatcher.php:150-162).
 */
export async function serve(
  machine: Machine,
  system: System,
  web: WebServer,
  request: RestRequest,
): Promise<RestAnswer> {
  await system.userland.sleep(machine.millis(40, 150, 'php', request.uri), `php ${request.uri}`);
  if (web.state === 'hangs') return new Promise(() => undefined);
  if (web.state === 'html') return { status: 200, body: '<!doctype html><title>Login</title>' };
  const path = request.uri.replace(/^\/api\//, '').replace(/\?.*$/, '');
  const name = Object.keys(ENDPOINTS).find((one) => path === one || path.startsWith(`${one}/`));
  const endpoint = name === undefined ? undefined : ENDPOINTS[name];
  const rest = path.slice((name?.length ?? 0) + 1);
  if (!name || !endpoint || (WITH_PARAMETER.includes(name) && rest === '')) {
    return error(404, 'Endpoint not found'); // api.php:50-51
  }
  // ApiControllerBase.php:286-361, in this order.
  if (request.credentials !== `${web.key}:${web.secret}`) {
    return json(401, { status: 401, message: 'Authentication Failed' });
  }
  if (!mayCall(web.privileges, machine.around.site.version, request.uri)) {
    return json(403, { status: 403, message: 'Forbidden' });
  }
  // parseJsonBodyData: whatever the method, and so in every release from 24.7 on (24.7.12:200-213,
  // 26.7.2:242-253).
  if (isJson(request.contentType) && request.body === '') {
    return json(400, { status: 400, message: 'Invalid JSON syntax' });
  }
  return json(200, await endpoint(machine, system, request, rest));
}

/** PHP writes a slash as `\/` (Mvc/Response.php:120), api.php itself does not (api.php:23). */
const json = (status: number, value: unknown): RestAnswer => ({
  status,
  body: JSON.stringify(value).replaceAll('/', '\\/'),
});

const error = (status: number, errorMessage: string): RestAnswer => ({
  status,
  body: JSON.stringify({ errorMessage }),
});
