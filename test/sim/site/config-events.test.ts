import { describe, expect, it } from '@jest/globals';
import { onStage, type Stage } from './stage.ts';

const HOOKS = '/usr/local/etc/rc.syshook.d/config';

/** A `config` hook that takes so long, and says when it began and ended. */
function hook(stage: Stage, seconds: number): void {
  const text = `#!/bin/sh\nlogger -t config "begin $1"\nsleep ${seconds}\nlogger -t config "end $1"\n`;
  stage.site.installFile('preferred', `${HOOKS}/50-test`, 0o755, text);
}
const said = (stage: Stage): { second: number; message: string }[] =>
  stage.log('preferred', 'config');
const begins = (stage: Stage): number[] =>
  said(stage).flatMap(({ second, message }) => (message.startsWith('begin') ? [second] : []));
const save = (stage: Stage): void => {
  stage.site.saveConfiguration('preferred', 0);
};

describe('the config hooks', () => {
  it('run half a second after a save at the earliest, with the name of its backup', () =>
    onStage(async (stage) => {
      hook(stage, 0);
      const from = stage.seconds;
      save(stage);
      await stage.pass(5);
      expect(begins(stage)).toHaveLength(1);
      expect((begins(stage)[0] ?? 0) - from).toBeGreaterThan(0.5);
      expect((begins(stage)[0] ?? 0) - from).toBeLessThan(1.5);
      expect(said(stage)[0]?.message).toMatch(/^begin \/conf\/backup\/config-\d+\.\d+\.xml$/);
    }));

  it('wait for the last of several saves, and then run for each of them, one after the other', () =>
    onStage(async (stage) => {
      hook(stage, 2);
      for (let saved = 0; saved < 3; saved += 1) {
        save(stage);
        await stage.pass(0.3);
      }
      const last = stage.seconds - 0.3;
      await stage.pass(20);
      expect(begins(stage)).toHaveLength(3);
      expect(begins(stage)[0] ?? 0).toBeGreaterThan(last + 0.5);
      const words = said(stage).map(({ message }) => message.split(' ')[0]);
      expect(words).toEqual(['begin', 'end', 'begin', 'end', 'begin', 'end']);
    }));

  it('run for a save that comes while they run, half a second after their end', () =>
    onStage(async (stage) => {
      hook(stage, 3);
      save(stage);
      await stage.pass(2);
      save(stage);
      await stage.pass(20);
      const [, end, again] = said(stage);
      expect(again?.message).toMatch(/^begin/);
      expect((again?.second ?? 0) - (end?.second ?? 0)).toBeGreaterThan(0.5);
    }));

  it('see a save that a power loss overtook with the first save after it', () =>
    onStage(async (stage) => {
      hook(stage, 0);
      save(stage);
      await stage.pass(0.2);
      stage.site.powerOff('preferred');
      stage.site.powerOn('preferred');
      await stage.pass(120);
      expect(begins(stage)).toEqual([]);
      save(stage);
      await stage.pass(5);
      expect(begins(stage)).toHaveLength(2);
    }));
});
