import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { WebServer } from '../../../sim/site/rest.ts';
import { onStage, type Stage } from '../../sim/site/stage.ts';
import { RelayBench } from '../bench.ts';

/** Runs setup on a relay that knows the firewall, its certificate and its key. */
function setup(action: string, values: Readonly<Record<string, string>>) {
  return onStage(
    async (stage) => {
      const folder = join(stage.site.relay?.root ?? '', 'etc/holdback');
      const said = await new RelayBench(stage).setup(action, values);
      const read = (file: string): string | null => {
        const path = join(folder, 'fw-a', file);
        return existsSync(path) ? readFileSync(path, 'utf8').trim() : null;
      };
      return { ...said, key: read('key'), url: read('url'), pin: read('pin') };
    },
    { pingsPerSecond: 0.2, relayInstanceId: 'mi-0cccccccccccccccc' },
  );
}

describe('a key', () => {
  const SAME = { SSM_Url: 'https://10.1.0.2', SSM_Pin: 'sha256//pin-of-fw-a' };

  it('stays where the address and the certificate are still the same', async () => {
    const { url, pin } = await setup('status', {});
    expect([url, pin]).toEqual([SAME.SSM_Url, SAME.SSM_Pin]);
    const { result, reason, key } = await setup('install', SAME);
    expect([result, reason]).toEqual(['changed', 'installed']);
    expect(key).toContain('secret=');
  });

  it.each([
    ['address', { ...SAME, SSM_Url: 'https://10.1.0.99' }],
    ['certificate', { ...SAME, SSM_Pin: 'sha256//another' }],
  ])('is dropped when it would be sent to another %s, and setup says so', async (_, values) => {
    const { result, reason, key, url, pin } = await setup('install', values);
    expect([result, key]).toEqual(['changed', null]);
    expect(reason).toContain('was made for another address or certificate and was removed');
    expect([url, pin]).toEqual([values.SSM_Url, values.SSM_Pin]);
  });

  it('stays while only a fingerprint is asked for', async () => {
    const { result, key } = await setup('install', { SSM_Url: 'https://10.1.0.99' });
    expect([result === 'changed', key]).toEqual([false, expect.stringContaining('secret=')]);
  });
});

describe('the name of a firewall', () => {
  it.each(['.', '..', '../fw-a', 'fw a', ''])('is refused if it is %j', async (name) => {
    const { result, key } = await setup('remove', { SSM_Firewall: name });
    expect([result, key]).toEqual(['none', expect.stringContaining('secret=')]);
  });
});

function status(prepare: (web: WebServer, stage: Stage) => void, version = '26.7.2') {
  return onStage(
    async (stage) => {
      const web = stage.site.relay?.web['fw-a'];
      if (web) prepare(web, stage);
      const said = await new RelayBench(stage).setup('status');
      const { machine } = stage.site.preferred;
      return { ...said, toggled: machine.config.inMaintenance() };
    },
    { pingsPerSecond: 0.2, relayInstanceId: 'mi-0cccccccccccccccc', version },
  );
}

describe('the status of a relay', () => {
  it('says that everything is there', async () => {
    const { result, output } = await status(() => undefined);
    expect([result, output.match(/^(wrong|missing) .*/gm)]).toEqual(['already', null]);
    expect(output.match(/^ok /gm)?.length).toBeGreaterThan(10);
  });

  it.each<[string, (web: WebServer) => void, string, string]>([
    ['a key that may not toggle, on 26.1.10', () => undefined, 'may not toggle', '26.1.10'],
    [
      'a key without the CARP page',
      (web) => {
        web.privileges = ['page-status-ipsec'];
      },
      'may not toggle',
      '26.7.2',
    ],
    [
      'a key without the IPsec page',
      (web) => {
        web.privileges = web.privileges.filter((one) => one !== 'page-status-ipsec');
      },
      'wrong IPsec sessions',
      '26.7.2',
    ],
    [
      'a key that was withdrawn',
      (web) => {
        web.secret = 'another';
      },
      '(401)',
      '26.7.2',
    ],
    [
      'a certificate that was renewed',
      (web) => {
        web.pin = 'sha256//another';
      },
      'not the one that was pinned',
      '26.7.2',
    ],
  ])('names %s, and changes nothing', async (_, prepare, says, version) => {
    const { result, output, toggled } = await status(prepare, version);
    expect([result, toggled]).toEqual(['failed', false]);
    expect(output).toContain(says);
  });
});
