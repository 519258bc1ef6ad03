import { configctl } from './configd.ts';
import type { Machine, System } from './machine.ts';

/** What each action of the REST API answers (controllers of opnsense/core; rest.ts says of which versions). */

export interface RestRequest {
  readonly method: string;
  /** Path and query, such as `/api/diagnostics/interface/get_vip_status`. */
  readonly uri: string;
  /** `key:secret` of HTTP Basic; undefined: none. */
  readonly credentials: string | undefined;
  readonly contentType: string | undefined;
  readonly body: string;
}

/** `rest` is what follows the action in the path: its parameters. */
type Endpoint = (
  machine: Machine,
  system: System,
  request: RestRequest,
  rest: string,
) => Promise<unknown>;

export const ENDPOINTS: Readonly<Record<string, Endpoint>> = {
  'diagnostics/interface/get_vip_status': vipStatus,
  'diagnostics/interface/carp_status': carpStatus,
  'diagnostics/system/system_time': systemTime,
  'ipsec/sessions/search_phase1': searchPhase1,
  'ipsec/sessions/search_phase2': searchPhase2,
  'ipsec/service/restart': restartIpsec,
  'routes/gateway/status': gatewayStatus,
  'core/hasync/get': hasyncSettings,
};

export const isJson = (contentType = ''): boolean =>
  ['application/json', 'application/json;charset=utf-8'].includes(
    contentType.replaceAll(' ', '').toLowerCase(),
  );

/** What a body says; no JSON, or a type other than JSON, says nothing (ApiControllerBase.php:251-254). */
function posted({ contentType, body }: RestRequest): Readonly<Record<string, unknown>> {
  if (!isJson(contentType)) return {};
  try {
    const value = JSON.parse(body) as unknown;
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/** Backend.php:72-97: without configd, it looks for its socket for 10 s. */
const SOCKET_WAIT_MILLIS = 10_000;

/**
 * Backend->configdRun (Backend.php:146-182): no answer within 120 s, no configd and `Execute error`
 * are all an empty text.
 */
async function configdRun(machine: Machine, words: string): Promise<string> {
  const { system } = machine;
  if (system && !system.configd) {
    await system.userland.sleep(SOCKET_WAIT_MILLIS, `php waits for configd: ${words}`);
  }
  const { stdout = '' } = await configctl(machine, words.split(' '));
  return stdout.startsWith('Execute error') ? '' : stdout;
}

/** What is no JSON becomes null. */
async function backend(machine: Machine, words: string): Promise<unknown> {
  try {
    return JSON.parse(await configdRun(machine, words)) as unknown;
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

/**
 * The description of an interface; without one its key in capitals (InterfaceController.php:46-57).
 * A device that is no interface of the configuration has none (l.276).
 */
const DESCRIPTION: Readonly<Record<string, string>> = { vtnet0: 'WAN', vtnet1: 'LAN' };

/**
 * One row for each address. With configd down there is still an answer with 200, after 20 s: `"carp":[]`,
 * and every address DISABLED (InterfaceController.php:250-357).
 */
async function vipStatus(machine: Machine): Promise<unknown> {
  const { wanVip, lanVip } = machine.around.site;
  const listed = (await backend(machine, 'interface list ifconfig')) as Record<
    string,
    Listed
  > | null;
  const rows: Record<string, string | null>[] = [];
  for (const [device, { ipv4, carp }] of Object.entries(listed ?? {})) {
    for (const { ipaddr, vhid } of ipv4) {
      const state = vhid === undefined ? undefined : carp?.[vhid];
      if (!state) continue;
      const { status, advbase, advskew } = state;
      rows.push({
        interface: DESCRIPTION[device] ?? null,
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

type Values = Readonly<Record<string, unknown>>;
type Connections = Record<string, { readonly sas: readonly Values[] }>;

/** A field that is missing is null: PHP's warnings are off, but for developers (WebGui/php.ini:26). */
const sum = (children: readonly Values[], field: string): number =>
  children.reduce((all, child) => all + Number(child[field] ?? 0), 0);

const childrenOf = (sas: readonly Values[]): Values[] =>
  sas.flatMap((sa) => Object.values((sa['child-sas'] ?? {}) as Record<string, Values>));

/**
 * IKE's state is dropped with the SAs, and `connected` is true while they only negotiate
 * (SessionsController.php:51-106).
 */
async function searchPhase1(machine: Machine): Promise<unknown> {
  const status = (await backend(machine, 'ipsec list status')) as Connections | null;
  return page(
    Object.entries(status ?? {}).map(([name, { sas, ...connection }]) => {
      const children = childrenOf(sas);
      const installed = children.map((child) => Number(child['install-time'] ?? 0));
      return {
        ...connection,
        children: undefined,
        ikeid: /^[0-9a-f-]{36}$/.test(name) ? name : (name.split('-')[0] ?? '').slice(3),
        phase1desc: null,
        name,
        connected: sas.length > 0,
        'install-time': installed.length > 0 ? `${Math.max(...installed)}` : null,
        'bytes-in': sum(children, 'bytes-in'),
        'bytes-out': sum(children, 'bytes-out'),
        'packets-in': sum(children, 'packets-in'),
        'packets-out': sum(children, 'packets-out'),
      };
    }),
  );
}

/** SessionsController.php:112-159. */
async function searchPhase2(
  machine: Machine,
  _system: System,
  request: RestRequest,
): Promise<unknown> {
  const { id } = posted(request);
  const status = (await backend(machine, 'ipsec list status')) as Connections | null;
  const sas = typeof id === 'string' ? (status?.[id]?.sas ?? []) : [];
  return page(
    sas.flatMap((sa) =>
      childrenOf([sa]).map((child) => ({
        ...Object.fromEntries(
          Object.entries(child).map(([key, value]) => [
            key,
            Array.isArray(value) ? value.join(' , ') : value,
          ]),
        ),
        'remote-host': sa['remote-host'],
      })),
    ),
  );
}

/** ApiMutableServiceControllerBase.php:133-142: trimmed; empty if configd said nothing. */
async function restartIpsec(
  machine: Machine,
  _system: System,
  { method }: RestRequest,
): Promise<unknown> {
  if (method !== 'POST') return { response: [] };
  return { response: (await configdRun(machine, 'ipsec restart')).trim() };
}

/** Routes/Api/GatewayController.php:40-52: a list, whatever configd's answer is (object from 26.7 on). */
async function gatewayStatus(machine: Machine): Promise<unknown> {
  const status = (await backend(machine, 'interface gateways status')) as Values | null;
  const items = Object.values(status ?? {});
  return { items, status: items.length > 0 ? 'ok' : 'failed' };
}

/** Diagnostics/Api/SystemController.php:41-61, 132-155: the word for days is translated. */
async function systemTime(machine: Machine, system: System): Promise<unknown> {
  const { configd } = system;
  if (configd) await system.userland.sleep(machine.millis(100, 400, 'system_time'), 'system_time');
  else await system.userland.sleep(SOCKET_WAIT_MILLIS, 'php waits for configd: system_time');
  const [now, bootedAt] = [machine.wallClock(), machine.wallClock(system.bootedAt)];
  // Without configd's answer it has been up since 1970 (l.136, 147).
  const up = Math.floor((now - (configd ? bootedAt : 0)) / 1000);
  const two = (value: number): string => `${Math.floor(value)}`.padStart(2, '0');
  const days = Math.floor(up / 86_400);
  const clock = `${two((up % 86_400) / 3600)}:${two((up % 3600) / 60)}:${two(up % 60)}`;
  return {
    uptime: days > 0 ? `${days} ${days > 1 ? 'Tage' : 'Tag'}, ${clock}` : clock,
    datetime: new Date(now).toUTCString(),
    boottime: new Date(bootedAt).toUTCString(),
    config: new Date(0).toUTCString(),
    loadavg: 'N/A',
  };
}

/** One of two or more, as a field with options shows it (BaseListField.php). */
const option = (value: string, selected: 0 | 1): object => ({ value, selected });

/** Core/Api/HasyncController.php, getAction: all settings; a password is shown empty. */
async function hasyncSettings(machine: Machine): Promise<unknown> {
  await Promise.resolve();
  return {
    hasync: {
      disablepreempt: '0',
      disconnectppps: '0',
      pfsyncinterface: {
        '': option('Disabled', 0),
        lan: option('LAN', 0),
        opt1: option('PFSYNC', 1),
        wan: option('WAN', 0),
      },
      pfsyncpeerip: machine.around.peerOf(machine.role).address('lan'),
      pfsyncversion: {
        1301: option('OPNsense 24.1 or below', 0),
        1400: option('OPNsense 24.7 or above', 1),
      },
      pfsyncdefer: '0',
      synchronizetoip: '',
      verifypeer: '0',
      username: '',
      password: '',
      syncitems: { aliases: option('Aliases', 0), virtualip: option('Virtual IPs', 1) },
    },
  };
}

/** ApiControllerBase.php:85, searchRecordsetBase, without paging. */
const page = (rows: readonly unknown[]): object => ({
  total: rows.length,
  rowCount: rows.length,
  current: 1,
  rows,
});
