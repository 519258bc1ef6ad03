import { describe, expect, it } from '@jest/globals';
import { mayCall, RELAY_PRIVILEGES } from '../../../sim/site/rest-access.ts';
import { serve, type RestAnswer, type WebServer } from '../../../sim/site/rest.ts';
import type { RestRequest } from '../../../sim/site/rest-endpoints.ts';
import { onStage, type Stage } from './stage.ts';

// The model of OPNsense's REST API against what opnsense/core's own server answered (26.1.11, 26.7.2) and
// what its source says.

const KEY = 'key-of-the-relay:DO-NOT-LEAK-api-secret';

async function ask(
  stage: Stage,
  change: Partial<RestRequest>,
  prepare: (web: WebServer) => void = () => undefined,
): Promise<RestAnswer & { seconds: number }> {
  const { machine } = stage.site.preferred;
  const web = stage.site.relay?.web['fw-a'];
  if (!machine.system || !web) throw new Error('no firewall');
  prepare(web);
  const { system } = machine;
  const before = stage.seconds;
  let answer: RestAnswer | undefined;
  let seconds = 0;
  stage.clock.after(0, 'request', async () => {
    answer = await serve(machine, system, web, {
      method: 'GET',
      uri: '/api/diagnostics/interface/get_vip_status',
      credentials: KEY,
      contentType: undefined,
      body: '',
      ...change,
    });
    seconds = stage.seconds - before;
  });
  for (let waited = 0; answer === undefined && waited < 60; waited += 0.5) await stage.pass(0.5);
  if (!answer) throw new Error('no answer');
  return { ...answer, seconds };
}

const onFirewall = (play: (stage: Stage) => Promise<void>, version = '26.7.2'): Promise<void> =>
  onStage(play, { pingsPerSecond: 0.2, relayInstanceId: 'mi-0cccccccccccccccc', version });

const JSON_TYPE = 'application/json';

describe('a request to the REST API', () => {
  it.each(['GET', 'POST'])(
    'that says JSON and has no body is refused, %s, too (ApiControllerBase.php, parseJsonBodyData)',
    (method) =>
      onFirewall(async (stage) => {
        for (const contentType of [JSON_TYPE, 'Application/JSON; charset=UTF-8']) {
          expect(await ask(stage, { method, contentType })).toMatchObject({
            status: 400,
            body: '{"status":400,"message":"Invalid JSON syntax"}',
          });
        }
      }),
  );

  it('that says nothing of a type is answered', () =>
    onFirewall(async (stage) => {
      const { status, body } = await ask(stage, {});
      expect(status).toBe(200);
      expect(JSON.parse(body)).toMatchObject({
        total: 2,
        rows: [{ interface: 'WAN', vhid: '1', status: 'MASTER', mode: 'carp' }, { vhid: '2' }],
        carp: { demotion: '0', allow: '1', maintenancemode: false },
      });
    }));

  it.each([
    ['/api/diagnostics/interface/nothing', 'a:b'],
    ['/api/diagnostics/interface/carp_status', KEY],
  ])('for %s, which is no route, is told so before a key is looked at', (uri, credentials) =>
    onFirewall(async (stage) => {
      expect(await ask(stage, { uri, credentials, contentType: JSON_TYPE })).toMatchObject({
        status: 404,
        body: '{"errorMessage":"Endpoint not found"}',
      });
    }),
  );

  it('is judged by its key, then by its privileges, then by its body', () =>
    onFirewall(async (stage) => {
      const bad = { contentType: JSON_TYPE };
      expect((await ask(stage, { ...bad, credentials: 'a:b' })).status).toBe(401);
      expect((await ask(stage, bad, (web) => (web.privileges = []))).status).toBe(403);
    }));

  it('waits for a configd that is not there: 10 s for each question of its own to it', () =>
    onFirewall(async (stage) => {
      const { system } = stage.site.preferred.machine;
      if (system) system.configd = false;
      const vips = await ask(stage, {});
      expect(JSON.parse(vips.body)).toMatchObject({ rows: [{ status: 'DISABLED' }, {}], carp: [] });
      expect(vips.seconds).toBeGreaterThanOrEqual(20);
      const gateways = await ask(stage, { uri: '/api/routes/gateway/status' });
      expect(gateways.body).toBe('{"items":[],"status":"failed"}');
      expect(gateways.seconds).toBeGreaterThanOrEqual(10);
      const time = await ask(stage, { uri: '/api/diagnostics/system/system_time' });
      expect(JSON.parse(time.body)).toMatchObject({
        uptime: expect.stringMatching(/^2\d{4} /),
      });
    }));

  it('of a body that is no JSON asks for nothing', () =>
    onFirewall(async (stage) => {
      const { status, body } = await ask(stage, {
        method: 'POST',
        uri: '/api/ipsec/sessions/search_phase2',
        contentType: JSON_TYPE,
        body: 'x',
      });
      expect([status, JSON.parse(body)]).toMatchObject([200, { total: 0 }]);
    }));
});

describe('what the privileges of docs/relay.md allow', () => {
  const TOGGLE = '/api/diagnostics/interface/carp_status/maintenance';
  const TIME = '/api/diagnostics/system/system_time';
  const RESTART = '/api/ipsec/service/restart';

  it.each([
    ['24.7.12', TOGGLE, false],
    ['26.1.10', TOGGLE, false],
    ['26.1.11', TOGGLE, true],
    ['26.7', TOGGLE, true],
    ['26.7.2', TOGGLE, true],
    ['25.1.12', TIME, false],
    ['25.7', TIME, true],
    ['25.1.5', RESTART, false],
    ['25.1.6', RESTART, true],
  ])('in %s of %s: %s', (version, uri, allowed) => {
    const privileges = [...RELAY_PRIVILEGES, 'page-vpn-ipsec-connections'] as const;
    expect(mayCall(privileges, version, uri)).toBe(allowed);
  });

  it('is no restart of IPsec without the privilege for the connections', () => {
    expect(mayCall(RELAY_PRIVILEGES, '26.7.2', RESTART)).toBe(false);
  });

  it('is a path to the letter: no query, and nothing behind it', () => {
    const uri = '/api/diagnostics/interface/get_vip_status';
    expect(
      ['', '?x=1', '/'].map((end) => mayCall(RELAY_PRIVILEGES, '26.7.2', `${uri}${end}`)),
    ).toEqual([true, false, false]);
  });
});
