import { configctl } from './configd.ts';
import type { Machine, System } from './machine.ts';
import { mayCall, RELAY_PRIVILEGES } from './rest-access.ts';
import type { Privilege } from './rest-access.ts';

/** OPNsense's REST API (opnsense/core src/opnsense/mvc/app/controllers; file:line at each trap). */

export interface RestRequest {
  readonly method: string;
  /** Path and query, such as `/api/diagnostics/interface/get_vip_status`. */
  readonly uri: string;
  /** `key:secret` of HTTP Basic; undefined: none. */
  readonly credentials: string | undefined;
  readonly contentType: string | undefined;
  readonly body: string;
}

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

type Endpoint = (machine: Machine, system: System, request: RestRequest, rest: string) => unknown;

const ENDPOINTS: Readonly<Record<string, Endpoint>> = {
  'diagnostics/interface/get_vip_status': vipStatus,
  'diagnostics/interface/carp_status': carpStatus,
  'diagnostics/system/system_time': systemTime,
  'ipsec/sessions/search_phase1': searchPhase1,
  'ipsec/sessions/search_phase2': searchPhase2,
  'ipsec/service/restart': restartIpsec,
  'routes/gateway/status': gatewayStatus,
  'core/hasync/get': (machine) => ({
    hasync: {
      disablepreempt: '0',
      disconnectppps: '0',
      pfsyncinterface: { opt1: { value: 'PFSYNC', selected: 1 } },
      pfsyncpeerip: machine.around.peerOf(machine.role).address('lan'),
    },
  }),
};

/** Runs one request; how long it takes is its own business on the virtual clock. */
export async function serve(
  machine: Machine,
  system: System,
  web: WebServer,
  request: RestRequest,
): Promise<RestAnswer> {
  await system.userland.sleep(machine.millis(40, 150, 'php', request.uri), `php ${request.uri}`);
  if (web.state === 'hangs') return new Promise(() => undefined);
  if (web.state === 'html') return { status: 200, body: '<!doctype html><title>Login</title>' };
  // ApiControllerBase.php:242-348
  if (request.credentials !== `${web.key}:${web.secret}`) {
    return json(401, { status: 401, message: 'Authentication Failed' });
  }
  if (!mayCall(web.privileges, machine.around.site.version, request.uri)) {
    return json(403, { status: 403, message: 'Forbidden' });
  }
  if (
    request.contentType === 'application/json' &&
    request.body === '' &&
    request.method === 'POST'
  ) {
    return json(400, { status: 400, message: 'Invalid JSON syntax' });
  }
  const path = request.uri.replace(/^\/api\//, '').replace(/\?.*$/, '');
  const name = Object.keys(ENDPOINTS).find((one) => path === one || path.startsWith(`${one}/`));
  const endpoint = name === undefined ? undefined : ENDPOINTS[name];
  if (!endpoint) return json(404, { errorMessage: 'Endpoint not found' });
  return json(200, await endpoint(machine, system, request, path.slice((name?.length ?? 0) + 1)));
}

/** PHP writes a slash as `\/`. */
const json = (status: number, value: unknown): RestAnswer => ({
  status,
  body: JSON.stringify(value).replaceAll('/', '\\/'),
});

/** Backend->configdRun: no answer, or no JSON, becomes null. */
async function backend(machine: Machine, words: string): Promise<unknown> {
  const { stdout = '' } = await configctl(machine, words.split(' '));
  try {
    return JSON.parse(stdout) as unknown;
  } catch {
    return null;
  }
}

interface Listed {
  readonly ipv4: readonly { readonly ipaddr: string; readonly vhid?: string }[];
  readonly carp?: Readonly<
    Record<string, { status: string; vhid: string; advbase: string; advskew: string }>
  >;
}

/** The description of an interface; without one its key in capitals (InterfaceController.php:46-57). */
const DESCRIPTION: Readonly<Record<string, string>> = { vtnet0: 'WAN', vtnet1: 'LAN' };

/**
 * One row for each address. With configd down there is still an answer with 200, `"carp":[]`, and
 * every address DISABLED (InterfaceController.php:250-357).
 */
async function vipStatus(machine: Machine): Promise<unknown> {
  const { wanVip, lanVip } = machine.around.site;
  const listed = (await backend(machine, 'interface list ifconfig')) as Record<
    string,
    Listed
  > | null;
  const rows: Record<string, string>[] = [];
  for (const [device, { ipv4, carp }] of Object.entries(listed ?? {})) {
    for (const { ipaddr, vhid } of ipv4) {
      const state = vhid === undefined ? undefined : carp?.[vhid];
      if (!state) continue;
      const { status, advbase, advskew } = state;
      rows.push({
        interface: DESCRIPTION[device] ?? device,
        vhid: state.vhid,
        advbase,
        advskew,
        subnet: ipaddr,
        status,
        mode: 'carp',
      });
    }
  }
  for (const [vip, name] of [
    [wanVip, 'WAN'],
    [lanVip, 'LAN'],
  ] as const) {
    if (rows.some(({ vhid }) => vhid === `${vip.vhid}`)) continue;
    const { advskew } = machine.options;
    rows.push({
      vhid: `${vip.vhid}`,
      advbase: '1',
      advskew: `${advskew}`,
      subnet: vip.address,
      mode: 'carp',
      interface: name,
      status: 'DISABLED',
    });
  }
  const carp = (await backend(machine, 'interface show carp')) ?? [];
  const told = rows.map((row) => ({
    ...row,
    status_txt: row['status'],
    vhid_txt: `${row['vhid']} (freq. ${row['advbase']}/${row['advskew']})`,
  }));
  return { ...page(told), carp };
}

/** The toggle, only by POST; whatever goes wrong is `message: error` with 200 (l.363-372). */
async function carpStatus(
  machine: Machine,
  _system: System,
  { method }: RestRequest,
  action: string,
): Promise<unknown> {
  const done =
    method === 'POST' ? await backend(machine, `interface carp_set_status ${action}`) : null;
  return done ?? { message: 'error' };
}

type Connections = Record<string, { readonly sas: readonly Readonly<Record<string, unknown>>[] }>;

/** IKE's state is dropped with the SAs, and `connected` is true while they only negotiate. */
async function searchPhase1(machine: Machine): Promise<unknown> {
  const status = (await backend(machine, 'ipsec list status')) as Connections | null;
  return page(
    Object.entries(status ?? {}).map(([name, { sas, ...connection }]) => ({
      ...connection,
      children: undefined,
      ikeid: name,
      phase1desc: null,
      name,
      connected: sas.length > 0,
    })),
  );
}

async function searchPhase2(
  machine: Machine,
  _system: System,
  { body }: RestRequest,
): Promise<unknown> {
  const { id = '' } = (body === '' ? {} : JSON.parse(body)) as { id?: string };
  const status = (await backend(machine, 'ipsec list status')) as Connections | null;
  const children = (status?.[id]?.sas ?? []).flatMap((sa) =>
    Object.values((sa['child-sas'] ?? {}) as Record<string, Record<string, unknown>>).map(
      (child) => ({
        ...Object.fromEntries(
          Object.entries(child).map(([key, value]) => [
            key,
            Array.isArray(value) ? value.join(' , ') : value,
          ]),
        ),
        'remote-host': sa['remote-host'],
      }),
    ),
  );
  return page(children);
}

/** ApiMutableServiceControllerBase.php:133-142. */
async function restartIpsec(
  machine: Machine,
  _system: System,
  { method }: RestRequest,
): Promise<unknown> {
  if (method !== 'POST') return { response: [] };
  return { response: (await configctl(machine, ['ipsec', 'restart'])).stdout ?? '' };
}

/** Routes/Api/GatewayController.php:40-52. */
async function gatewayStatus(machine: Machine): Promise<unknown> {
  const status = (await backend(machine, 'interface gateways status')) as Record<
    string,
    unknown
  > | null;
  if (!status) return { items: [], status: 'failed' };
  return { items: Object.values(status), status: 'ok' };
}

/** Diagnostics/Api/SystemController.php:41-61: the word for days is translated. */
async function systemTime(machine: Machine, system: System): Promise<unknown> {
  await system.userland.sleep(machine.millis(100, 400, 'system_time'), 'system_time');
  const up = Math.floor((machine.around.clock.now() - system.bootedAt) / 1000);
  const two = (value: number): string => `${Math.floor(value)}`.padStart(2, '0');
  const days = Math.floor(up / 86_400);
  const clock = `${two((up % 86_400) / 3600)}:${two((up % 3600) / 60)}:${two(up % 60)}`;
  return {
    uptime: days > 0 ? `${days} ${days > 1 ? 'Tage' : 'Tag'}, ${clock}` : clock,
    loadavg: 'N/A',
  };
}

/** ApiControllerBase.php:85, searchRecordsetBase, without paging. */
const page = (rows: readonly unknown[]): object => ({
  total: rows.length,
  rowCount: rows.length,
  current: 1,
  rows,
});
