import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { RELAY_SCRIPTS } from '../../../lib/scripts.ts';

// The relay's scripts with the real curl and the real openssl, against a real HTTPS server on this
// machine: what the model of curl cannot prove (pin, certificate, credentials, time limits).

const missing = ['curl', 'openssl', 'flock'].filter(
  (tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0,
);
const suite = missing.length > 0 ? describe.skip : describe;

const root = mkdtempSync(join(tmpdir(), 'holdback-relay-'));
const known = join(root, 'etc/holdback/fw-a');
const CARP = '{"demotion":"0","allow":"1","maintenancemode":false,"status_msg":""}';
const vipsWith = (carp: string): string =>
  `{"total":1,"rows":[{"interface":"WAN","vhid":"1","status":"MASTER"}],"carp":${carp}}`;
let vips = vipsWith(CARP);

interface Seen {
  readonly method: string;
  readonly path: string;
  readonly credentials: string;
  readonly body: string;
  readonly contentType: string;
}
const seen: Seen[] = [];
let answer: 'well' | 'never' | 'endless' = 'well';
/** What the toggle answers, in turn; without one it answers as everything else does. */
const toggles: string[] = [];
let server: Server;
let pin = '';

function certificate(name: string): { key: Buffer; cert: Buffer } {
  const [key, cert] = [join(root, `${name}.key`), join(root, `${name}.crt`)];
  const subject = ['-subj', '/CN=OPNsense', '-days', '2'];
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-keyout',
      key,
      '-out',
      cert,
      ...subject,
    ],
    { stdio: 'ignore' },
  );
  return { key: readFileSync(key), cert: readFileSync(cert) };
}

/** Runs a script as the SSM agent does: `sh -c`, values in the environment. */
function run(
  script: keyof typeof RELAY_SCRIPTS,
  values: Readonly<Record<string, string>>,
): Promise<string> {
  const child = spawn('sh', ['-c', RELAY_SCRIPTS[script]], {
    env: {
      HOLDBACK_ROOT: root,
      HOME: root,
      https_proxy: 'http://127.0.0.1:9',
      SSM_Firewall: 'fw-a',
      SSM_Operation: 'test',
      ...values,
    },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve) => {
    child.on('close', () => {
      resolve(output);
    });
  });
}
const url = (): string => `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
const setup = (action: string, more = {}): Promise<string> =>
  run('setup', { SSM_Action: action, SSM_Url: '', SSM_Pin: '', ...more });
const inspect = (): Promise<string> =>
  run('inspect', {
    SSM_Observation: 'look-1',
    SSM_Connections: 'aws-a1',
    SSM_Pings: '169.254.10.1',
    SSM_Gateways: '',
  });

suite(
  `a relay with the real curl${missing.length > 0 ? ` (skipped: no ${missing.join(', ')})` : ''}`,
  () => {
    beforeAll(async () => {
      for (const folder of ['run', 'etc', 'var/lib'])
        mkdirSync(join(root, folder), { recursive: true });
      // Whatever curl is told for all calls of this user must not reach it.
      writeFileSync(join(root, '.curlrc'), 'url = "https://192.0.2.1/"\nfail\n');
      server = createServer(certificate('firewall'), (request, response) => {
        let body = '';
        request.on('data', (chunk: Buffer) => (body += chunk.toString()));
        request.on('end', () => {
          const [, basic = ''] = (request.headers.authorization ?? '').split(' ');
          const credentials = Buffer.from(basic, 'base64').toString();
          seen.push({
            method: request.method ?? '',
            path: request.url ?? '',
            credentials,
            body,
            contentType: request.headers['content-type'] ?? 'none',
          });
          if (answer === 'never') return;
          if (answer === 'endless') {
            // In chunks, as long as somebody reads.
            const more = (): void => {
              while (!response.destroyed && response.write(Buffer.alloc(65_536, '{')));
              if (!response.destroyed) response.once('drain', more);
            };
            more();
            return;
          }
          const accepted = credentials === 'a+key/=:a+secret/=';
          response.statusCode = accepted ? 200 : 401;
          const said = request.url?.includes('carp_status') ? toggles.shift() : undefined;
          response.end(accepted ? (said ?? vips) : '{"status":401}');
        });
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    });
    afterEach(() => {
      answer = 'well';
      seen.length = 0;
    });
    afterAll(() => {
      server.closeAllConnections();
      server.close();
      rmSync(root, { recursive: true, force: true });
    });

    it('does not trust a certificate before a person has compared it', async () => {
      const said = await setup('install', { SSM_Url: url() });
      expect(said).toContain('result refused');
      const fingerprint = execFileSync('openssl', [
        'x509',
        '-noout',
        '-fingerprint',
        '-sha256',
        '-in',
        join(root, 'firewall.crt'),
      ])
        .toString()
        .trim()
        .replace(/^.*=/, '');
      expect(said).toContain(`compare ${fingerprint} with the fingerprint`);
      pin = /Pin=(sha256\/\/\S+)/.exec(said)?.[1] ?? '';
      expect(pin).toMatch(/^sha256\/\/[A-Za-z0-9+/]{43}=$/);
      expect(seen).toEqual([]);
    });

    it('says where the key belongs, and refuses one that others may read', async () => {
      expect(await setup('install', { SSM_Url: url(), SSM_Pin: pin })).toContain('result changed');
      writeFileSync(join(known, 'key'), 'key=a+key/=\r\nsecret=a+secret/=\r\n');
      chmodSync(join(known, 'key'), 0o640);
      expect(await inspect()).toContain('chmod 600');
      expect(seen).toEqual([]);
      chmodSync(join(known, 'key'), 0o600);
    });

    it('asks with its key, which stands in no command line and no output', async () => {
      const said = await inspect();
      expect(said).toContain('flag off');
      expect(said).not.toContain('a+secret/=');
      expect(seen[0]).toMatchObject({
        method: 'GET',
        path: '/api/diagnostics/interface/get_vip_status',
        credentials: 'a+key/=:a+secret/=',
      });
      // With a content type, a GET is HTTP 400 (ApiControllerBase.php:242-253).
      expect(seen.map(({ method, body, contentType }) => [method, body, contentType])).toEqual(
        seen.map(() => ['GET', '', 'none']),
      );
      expect(RELAY_SCRIPTS.inspect).not.toMatch(/curl[^\n]*-u /);
    });

    it('posts JSON with a body, because OPNsense refuses an empty one', async () => {
      const order = {
        SSM_Intent: 'on',
        SSM_Holder: 'holdback',
        SSM_Fence: '1',
        SSM_NotAfter: '9999999999',
      };
      await run('maintenance', order);
      expect(seen).toContainEqual({
        method: 'POST',
        path: '/api/diagnostics/interface/carp_status/maintenance',
        credentials: 'a+key/=:a+secret/=',
        body: '{}',
        contentType: 'application/json',
      });
    });

    it('takes an answer without end for no answer, at once and in little memory', async () => {
      answer = 'endless';
      const before = Date.now();
      const said = await inspect();
      expect(said).toContain('with more than 2000000 bytes');
      expect(said.length).toBeLessThan(4000);
      expect(Date.now() - before).toBeLessThan(8000);
    });

    it('says what it may have been when the toggle left what the API did not show as entered', async () => {
      vips = vipsWith(CARP.replace('"demotion":"0"', '"demotion":"240"'));
      toggles.push(
        '{"status":"ok","action":"leave_maintenance"}',
        '{"status":"ok","action":"enter_maintenance"}',
      );
      const order = { SSM_Intent: 'on', SSM_Holder: 'holdback', SSM_Fence: '2' };
      const said = run('maintenance', { ...order, SSM_NotAfter: '9999999999' });
      // The second toggle has written a whole element.
      const entered = vips.replace('"maintenancemode":false', '"maintenancemode":true');
      while (seen.length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
      vips = entered;
      expect(await said).toMatch(
        /result refused\nreason raced: .* config.xml held an empty virtualip_carp_maintenancemode/,
      );
      vips = vipsWith(CARP);
    });

    it('knows nothing of a firewall that shows another certificate, and sends it no key', async () => {
      server.setSecureContext(certificate('stranger'));
      expect(await inspect()).toContain('is not the one that was pinned');
      expect(seen).toEqual([]);
      server.setSecureContext({
        key: readFileSync(join(root, 'firewall.key')),
        cert: readFileSync(join(root, 'firewall.crt')),
      });
    });

    it('gives up a firewall that does not answer', async () => {
      answer = 'never';
      expect(await inspect()).toContain('gave no answer within 12 s');
    });

    it('is told apart from a firewall whose web server is down', async () => {
      writeFileSync(join(known, 'url'), 'https://127.0.0.1:1\n');
      expect(await inspect()).toContain('refuses the connection');
      writeFileSync(join(known, 'url'), `${url()}\n`);
    });

    it('leaves nothing behind when it is removed', async () => {
      expect(await setup('remove')).toContain('result changed');
      const left = execFileSync('find', [
        root,
        '-path',
        '*holdback*',
        '-not',
        '-path',
        root,
        '-name',
        '*fw-a*',
      ]);
      expect(left.toString()).toBe('');
    });
  },
);
