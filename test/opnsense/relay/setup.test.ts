import { describe, expect, it } from '@jest/globals';
import type { WebServer } from '../../../sim/site/rest.ts';
import { onStage, type Stage } from '../../sim/site/stage.ts';
import { RelayBench } from '../bench.ts';

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
